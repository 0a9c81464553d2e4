// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

@main
enum Main {
    /// Parses, runs, and turns whatever was thrown into one clear message and an exit code.
    static func main() async {
        let status = await Interruption.run {
            do {
                return try Kbootstrap.parseAsRoot()
            } catch {
                // Help, version, completion scripts and wrong usage are ArgumentParser's to print; wrong usage exits 64.
                Kbootstrap.exit(withError: error)
            }
        }
        exit(status.rawValue)
    }
}
