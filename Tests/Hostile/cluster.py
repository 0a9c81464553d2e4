# SPDX-License-Identifier: Apache-2.0
"""What the API server of a small cluster says where all is well, for servers that then spoil it."""
import datetime
import json

METRICS = "/apis/metrics.k8s.io/v1beta1"
SYSTEM = "/api/v1/namespaces/kube-system"
NODES = ["n1", "n2", "n3"]
AVAILABLE = {"type": "Available", "status": "True", "reason": "Passed", "message": "all checks passed"}


def page(kind, version, items, more=None):
    metadata = {"resourceVersion": "7", **({"continue": more} if more else {})}
    return {"kind": kind, "apiVersion": version, "metadata": metadata, "items": items}


def node(name):
    return {"metadata": {"name": name, "resourceVersion": "5"},
            "status": {"allocatable": {"cpu": "1", "memory": "1Gi"}, "conditions": [{"type": "Ready", "status": "True"}]}}


def pod(name, labels):
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "kube-system", "labels": labels, "resourceVersion": "6"},
            "spec": {"nodeName": "n1", "containers": [{"name": name}]},
            "status": {"phase": "Running", "startTime": "2020-01-01T00:00:00Z",
                       "conditions": [{"type": "Ready", "status": "True"}],
                       "containerStatuses": [{"name": name, "ready": True, "restartCount": 0,
                                              "state": {"running": {"startedAt": "2020-01-01T00:00:00Z"}}}]}}


def measured(name, containers):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    usage = {"cpu": "250m", "memory": "512Mi"}
    base = {"timestamp": now, "window": "15s"}
    if not containers:
        return {**base, "metadata": {"name": name}, "usage": usage}
    return {**base, "metadata": {"name": name, "namespace": "kube-system"}, "containers": [{"name": name, "usage": usage}]}


class Cluster:
    def __init__(self, authority, client_authority):
        self.published = {
            "client-ca-file": client_authority, "requestheader-client-ca-file": authority,
            "requestheader-allowed-names": '["front-proxy-client"]',
            "requestheader-username-headers": '["X-Remote-User"]', "requestheader-group-headers": '["X-Remote-Group"]',
            "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]'}

    def answer(self, method, path, query, body):
        """The status and the object."""
        if method == "PATCH":
            return 200, json.loads(body)
        if method == "POST":
            asked = json.loads(body)
            status = {"allowed": True, "incomplete": False, "nonResourceRules": [],
                      "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}
            return 201, {**asked, "status": status}
        fixed = self.fixed(path)
        if fixed is not None:
            return 200, fixed
        if path == "/api/v1/nodes":
            if query.get("continue") == ["next"]:
                return 200, page("NodeList", "v1", [node(NODES[2])])
            return 200, page("NodeList", "v1", [node(name) for name in NODES[:2]], "next")
        return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                     "message": f"{path} not found"}

    def fixed(self, path):
        service = {"name": "metrics-server", "namespace": "kube-system"}
        ours = [{"manager": "kbootstrap", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]
        name = {"metadata": {**service, "resourceVersion": "3", "managedFields": ours}, "apiVersion": "v1"}
        groups = {"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}
        return {
            "/version": {"major": "1", "minor": "31", "gitVersion": "v1.31.0"},
            "/apis/apiregistration.k8s.io/v1/apiservices": page("APIServiceList", "apiregistration.k8s.io/v1", [{
                "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                "metadata": {"name": "v1beta1.metrics.k8s.io", "resourceVersion": "2"},
                "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "versionPriority": 100, "service": service,
                         "insecureSkipTLSVerify": True},
                "status": {"conditions": [AVAILABLE]}}]),
            f"{SYSTEM}/configmaps/extension-apiserver-authentication": {
                "kind": "ConfigMap", "apiVersion": "v1", "data": self.published},
            "/api/v1/namespaces/default/endpoints/kubernetes": {
                "kind": "Endpoints", "apiVersion": "v1", "metadata": {"name": "kubernetes", "namespace": "default"},
                "subsets": [{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"name": "https", "port": 6443}]}]},
            f"{SYSTEM}/services/metrics-server": {**name, "kind": "Service", "spec": {
                "clusterIP": "10.32.0.7", "ports": [{"port": 443}], "selector": {"k8s-app": "metrics-server"}}},
            f"{SYSTEM}/endpoints/metrics-server": {**name, "kind": "Endpoints", "subsets": [
                {"addresses": [{"ip": "10.0.0.9"}], "ports": [{"port": 10250}]}]},
            f"{SYSTEM}/pods": page("PodList", "v1", [pod("metrics-server", {"k8s-app": "metrics-server"})]),
            "/api/v1/pods": page("PodList", "v1", [pod("metrics-server", {}), pod("p2", {})]),
            f"{SYSTEM}/events": page("EventList", "v1", []),
            f"{SYSTEM}": {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "kube-system"},
                          "status": {"phase": "Active"}},
            "/apis/metrics.k8s.io": {"kind": "APIGroup", "apiVersion": "v1", "name": "metrics.k8s.io",
                                     "versions": [groups], "preferredVersion": groups},
            METRICS: {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
                      "resources": [{"name": "nodes", "verbs": ["get", "list"]}, {"name": "pods", "verbs": ["get", "list"]}]},
            f"{METRICS}/nodes": page("NodeMetricsList", "metrics.k8s.io/v1beta1", [measured(n, False) for n in NODES]),
            f"{METRICS}/pods": page("PodMetricsList", "metrics.k8s.io/v1beta1",
                                    [measured(n, True) for n in ("metrics-server", "p2")]),
        }.get(path)
