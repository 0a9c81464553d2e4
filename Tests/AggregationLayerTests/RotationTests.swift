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

    /// Newer kube-apiservers watch each file itself: they hear that another has its name only once the old one has no name
    /// at all.
    @Test func noReplacedFileKeepsAName() throws {
        let folder = try ScratchFolder()
        let store = try FrontProxyStore(directory: folder.path, layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        let names = ["front-proxy-ca.pem", "front-proxy.pem", "front-proxy-key.pem"]
        func replaced(_ what: String, by change: () throws -> Void) throws -> [String] {
            let opened = names.map { unsafe open("\(folder.path)/\($0)", O_RDONLY) }
            defer { for descriptor in opened { close(descriptor) } }
            try change()
            return zip(names, opened).compactMap { name, descriptor in
                var (old, new) = (stat(), stat())
                #expect(unsafe fstat(descriptor, &old) == 0)
                #expect(unsafe stat("\(folder.path)/\(name)", &new) == 0)
                if old.st_ino != new.st_ino { #expect(old.st_nlink == 0, "\(what): \(name)") }
                #expect(new.st_nlink == 1, "\(what): \(name)")
                return old.st_ino == new.st_ino ? nil : name
            }
        }
        #expect(try replaced("renew") { _ = try store.renew(RenewalOptions()) } == ["front-proxy.pem"])
        #expect(try replaced("undo") { _ = try store.undo() } == ["front-proxy.pem"])
        #expect(try replaced("begin") { _ = try store.beginRotation(RotationOptions()) } == ["front-proxy-ca.pem"])
        #expect(try replaced("undo") { _ = try store.undo() } == ["front-proxy-ca.pem"])
        _ = try store.beginRotation(RotationOptions())
        #expect(try replaced("switch") { _ = try store.switchRotation(RotationOptions()) }.contains("front-proxy.pem"))
        #expect(try replaced("finish") { _ = try store.finishRotation() } == ["front-proxy-ca.pem"])
    }
}
