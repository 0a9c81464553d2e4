// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import KubeletCertificates

/// The port of a kubelet is a Node's own words.
struct KubeletPortTests {
    @Test("what a Node says is its port; without a word, or with 0, it is the usual one")
    func said() {
        func port(_ said: JSONValue) -> Int {
            KubeletNode(["status": ["daemonEndpoints": ["kubeletEndpoint": ["Port": said]]]]).port
        }
        #expect([port(1), port(65535), port(.null), port(0), port("4194")] == [1, 65535, 10250, 10250, 10250])
    }

    @Test("a number that is no port is said, and nothing is dialled", arguments: [-1, 0, 65536, Int.max, Int.min])
    func none(_ port: Int) async {
        let answer = await KubeletHandshake.ask(host: "127.0.0.1", port: port, timeout: .seconds(5))
        #expect(answer == .unreachable("\(port) is no port: those are 1 to 65535"))
    }
}
