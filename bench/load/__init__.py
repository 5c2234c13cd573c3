"""What asks: wrk, and clients of our own where pace or time of arrival matters."""
