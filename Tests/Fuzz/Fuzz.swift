// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: one input, read by every reader.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzedReaders.read(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
