"""A whole evening within little memory: a crowd, extraction and proofs under one limit."""
