// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import PKI
import Testing

struct RotationTests {
    /// What `rotate-ca finish` waits for: a clock that was ahead when the file was written must not make it hours.
    @Test(arguments: [-7200.0, -30, 0, 30, 86400])
    func theWaitForReadersIsBounded(written age: TimeInterval) throws {
        let folder = try ScratchFolder()
        let store = try FrontProxyStore(directory: folder.path, layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        let client = "\(folder.path)/front-proxy.pem"
        try FileManager.default.setAttributes([.modificationDate: Date().addingTimeInterval(age)], ofItemAtPath: client)
        let wait = try store.secondsUntilClientIsRead()
        #expect((age < -90 ? 0...0 : 0...90).contains(wait))
        #expect(age < -90 || wait > 0)
    }

    /// Who signed it is what counts, not whether it still is within its dates.
    @Test func theFilesTellHowFarTheRotationHasCome() throws {
        let folder = try ScratchFolder()
        let store = try FrontProxyStore(directory: folder.path, layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        #expect(try store.rotationPhase() == .none)
        _ = try store.beginRotation(RotationOptions())
        #expect(try store.rotationPhase() == .begun)
        _ = try store.switchRotation(RotationOptions())
        #expect(try store.rotationPhase() == .switched)
        _ = try store.undo()
        #expect(try store.rotationPhase() == .begun)
        _ = try store.switchRotation(RotationOptions())
        _ = try store.finishRotation()
        #expect(try store.rotationPhase() == .none)
        #expect(try store.status().findings.isEmpty)
    }
}
