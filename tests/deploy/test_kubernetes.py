"""The manifests: what kustomize makes of them is valid, and what the prose around them promises."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs/deploy/kubernetes"
VARIANTS = sorted(file.parent.name for file in FOLDER.glob("*/kustomization.yaml"))

Resource = dict[str, Any]


def built(variant: str) -> dict[tuple[str, str], Resource]:
    """What kustomize makes of a variant, by kind and name."""
    kubectl = shutil.which("kubectl")
    assert kubectl, "kubectl is not installed; run: tests/programs.sh"
    text = subprocess.run(
        [kubectl, "kustomize", FOLDER / variant], capture_output=True, text=True, check=True
    ).stdout
    resources = [resource for resource in yaml.safe_load_all(text) if resource]
    return {(each["kind"], each["metadata"]["name"]): each for each in resources}


def pod(resource: Resource) -> Resource:
    spec: Resource = resource["spec"]["template"]["spec"]
    return spec


def container(resource: Resource, name: str) -> Resource:
    [found] = [each for each in pod(resource)["containers"] if each["name"] == name]
    return dict(found)


def environment(resource: Resource) -> dict[str, str]:
    said = container(resource, "f1-stream").get("env", [])
    return {each["name"]: each["value"] for each in said if "value" in each}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_resource_is_valid(variant: str) -> None:
    resources = built(variant)
    assert resources
    for resource in resources.values():
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)


def test_every_file_is_part_of_a_variant() -> None:
    for folder in FOLDER.iterdir():
        said = (folder / "kustomization.yaml").read_text("utf-8")
        for file in folder.glob("*"):
            assert file.name in said or file.name == "kustomization.yaml", file


@pytest.mark.parametrize("variant", sorted({*VARIANTS} - {"browser", "replicas"}))
def test_f1stream_is_one_replica_that_is_never_run_twice(variant: str) -> None:
    deployment = built(variant)["Deployment", "f1-stream"]
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("variant", sorted({*VARIANTS} - {"browser"}))
def test_f1stream_is_probed_and_limited(variant: str) -> None:
    deployment = built(variant)["Deployment", "f1-stream"]
    f1stream = container(deployment, "f1-stream")
    assert f1stream["livenessProbe"]["httpGet"]["path"] == "/health"
    assert f1stream["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert f1stream["resources"]["limits"] == {"memory": "256Mi"}
    assert f1stream["ports"] == [{"name": "http", "containerPort": 8000}]
    assert {"name": "data", "mountPath": "/data"} in f1stream["volumeMounts"]
    # Longer than what is being sent may take to finish.
    assert pod(deployment)["terminationGracePeriodSeconds"] > 10


def test_the_drop_in_is_the_deployment_as_it_was() -> None:
    resources = built("drop-in")
    assert set(resources) == {("Deployment", "f1-stream"), ("Service", "f1")}
    deployment, service = resources["Deployment", "f1-stream"], resources["Service", "f1"]
    assert {each["metadata"]["namespace"] for each in resources.values()} == {"f1-stream"}
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]
    image = container(deployment, "f1-stream")["image"]
    assert image == "forgejo.viktorbarzin.me/viktor/f1-stream:latest"
    assert pod(deployment)["imagePullSecrets"] == [{"name": "registry-credentials"}]
    assert environment(deployment) == {
        "CHROME_CDP_URL": "http://chrome-service.chrome-service.svc.cluster.local:9222",
        "PLAYBACK_VERIFY_PROXY_BASE": "http://f1.f1-stream.svc.cluster.local",
    }
    [data] = [each for each in pod(deployment)["volumes"] if each["name"] == "data"]
    assert set(data) == {"name", "nfs"}
    # As root, as today.
    assert "securityContext" not in pod(deployment)
    assert "securityContext" not in container(deployment, "f1-stream")


def test_the_other_user_can_write_its_volume_and_nothing_else() -> None:
    deployment = built("non-root")["Deployment", "f1-stream"]
    who = pod(deployment)["securityContext"]
    assert (who["runAsNonRoot"], who["runAsUser"], who["fsGroup"]) == (True, 10001, 10001)
    what = container(deployment, "f1-stream")["securityContext"]
    assert what["readOnlyRootFilesystem"]
    assert not what["allowPrivilegeEscalation"]
    assert what["capabilities"] == {"drop": ["ALL"]}


def test_the_browser_is_reached_by_f1stream_alone_and_reaches_nothing_else() -> None:
    resources = built("with-browser")
    policy = resources["NetworkPolicy", "chrome"]["spec"]
    f1stream = {"podSelector": {"matchLabels": {"app": "f1-stream"}}}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert policy["podSelector"] == {"matchLabels": {"app": "chrome"}}
    assert policy["ingress"] == [{"from": [f1stream], "ports": [{"port": 9222, "protocol": "TCP"}]}]
    to_f1stream, to_names = policy["egress"]
    assert to_f1stream == {"to": [f1stream]}
    assert {each["port"] for each in to_names["ports"]} == {53}
    assert environment(resources["Deployment", "f1-stream"])["CHROME_CDP_URL"] == (
        "http://chrome:9222"
    )
    for each in pod(resources["Deployment", "chrome"])["containers"]:
        assert each["securityContext"]["runAsNonRoot"]
        assert each["resources"]["limits"]["memory"]


PASSWORD = {
    "name": "VALKEY_PASSWORD",
    "valueFrom": {"secretKeyRef": {"name": "f1-stream-valkey", "key": "password"}},
}


def test_replicas_go_on_while_one_is_replaced_and_stand_apart() -> None:
    resources = built("replicas")
    deployment = resources["Deployment", "f1-stream"]
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    labels = {"matchLabels": deployment["spec"]["template"]["metadata"]["labels"]}
    budget = resources["PodDisruptionBudget", "f1-stream"]["spec"]
    assert budget == {"minAvailable": 1, "selector": labels}
    [apart] = pod(deployment)["affinity"]["podAntiAffinity"].values()
    assert apart[0]["podAffinityTerm"] == {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": labels,
    }


def test_each_replica_has_a_folder_of_its_own() -> None:
    resources = built("replicas")
    assert "PersistentVolumeClaim" not in {kind for kind, _ in resources}
    volumes = pod(resources["Deployment", "f1-stream"])["volumes"]
    [data] = [each for each in volumes if each["name"] == "data"]
    assert set(data) == {"name", "emptyDir"}


def test_replicas_meet_in_a_valkey_that_lets_nobody_else_in() -> None:
    resources = built("replicas")
    said = container(resources["Deployment", "f1-stream"], "f1-stream")["env"]
    names = [each["name"] for each in said]
    # What a value refers to has to stand before it.
    assert names.index("VALKEY_PASSWORD") < names.index("F1STREAM_REDIS_URL")
    assert PASSWORD in said
    url = urlsplit(environment(resources["Deployment", "f1-stream"])["F1STREAM_REDIS_URL"])
    assert url.password == "$(VALKEY_PASSWORD)"
    service = resources["Service", url.hostname or ""]["spec"]
    assert [each["port"] for each in service["ports"]] == [url.port]

    valkey = resources["Deployment", "valkey"]
    server = container(valkey, "valkey")
    assert server["env"] == [PASSWORD]
    command = server["command"]
    assert command[command.index("--requirepass") + 1] == "$(VALKEY_PASSWORD)"
    assert valkey["spec"]["template"]["metadata"]["labels"] == service["selector"]
    assert server["securityContext"]["runAsNonRoot"]
    policy = resources["NetworkPolicy", "valkey"]["spec"]
    f1stream = {"podSelector": {"matchLabels": {"app": "f1-stream"}}}
    assert policy["podSelector"] == {"matchLabels": service["selector"]}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert policy["ingress"] == [{"from": [f1stream], "ports": [{"port": 6379, "protocol": "TCP"}]}]
    assert not policy.get("egress")


def test_nginx_finds_every_replica_by_the_name_that_its_recipe_has() -> None:
    service = built("replicas")["Service", "f1stream"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"app": "f1-stream"}
    [port] = service["spec"]["ports"]
    recipe = (FOLDER.parent / "edge/nginx.conf").read_text("utf-8")
    assert f"server {service['metadata']['name']}:{port['port']};" in recipe
