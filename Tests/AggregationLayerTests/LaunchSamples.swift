// SPDX-License-Identifier: Apache-2.0

/// Launch files as they look in the field. All of them are synthetic: written for these tests, after what the named
/// tools make.
enum LaunchSamples {
    /// After kubeadm's kube-apiserver.yaml.
    static func staticPod(_ flags: [String], mount: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          annotations:
            kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 10.240.0.10:6443
          labels:
            component: kube-apiserver
            tier: control-plane
          name: kube-apiserver
          namespace: kube-system
        spec:
          containers:
          - command:
            - kube-apiserver
        \(flags.map { "    - " + $0 }.joined(separator: "\n"))
            image: registry.k8s.io/kube-apiserver:v1.31.2
            imagePullPolicy: IfNotPresent
            name: kube-apiserver
            volumeMounts:
            - mountPath: \(mount)
              name: k8s-certs
              readOnly: true
          hostNetwork: true
          priorityClassName: system-node-critical
          volumes:
          - hostPath:
              path: \(mount)
              type: DirectoryOrCreate
            name: k8s-certs
        status: {}

        """
    }

    static let kubeadmMap = """
        # kubeadm init --config
        apiVersion: kubeadm.k8s.io/v1beta3
        kind: ClusterConfiguration
        kubernetesVersion: v1.29.4
        apiServer:
          extraArgs:
            authorization-mode: "Node,RBAC"   # as before
            audit-log-maxage: "7"
          timeoutForControlPlane: 4m0s
        networking:
          serviceSubnet: 10.96.0.0/12

        """

    static let kubeadmList = """
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: InitConfiguration
        ---
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: ClusterConfiguration
        kubernetesVersion: 1.33.0
        apiServer:
          extraArgs:
          - name: authorization-mode
            value: Node,RBAC
          - name: audit-log-maxage
            value: "7"

        """

    static let k3s = """
        write-kubeconfig-mode: "0644"
        tls-san:
          - "k3s.example"
        kube-apiserver-arg:
          - "audit-log-maxage=7"
          - anonymous-auth=false

        """
}
