// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

extension FileDescriptor {
    /// Waits until something can be read, or the other end is closed.
    ///
    /// - Returns: false where the program is to end. A signal that interrupts the wait is no input: what is read then
    ///   would wait for ever.
    func waitsForInput() -> Bool {
        var wanted = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
        while !Task.isCancelled { if unsafe poll(&wanted, 1, 200) > 0 { return true } }
        return false
    }
}
