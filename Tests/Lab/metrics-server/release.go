// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"

	"github.com/spf13/pflag"

	"k8s.io/apimachinery/pkg/util/version"
)

// release is one of metrics-server. All that differs between releases is in this file.
type release struct{ *version.Version }

// releaseToStandInFor is the newest where nobody says which.
func releaseToStandInFor() release {
	parsed, err := version.ParseSemantic(os.Getenv("KBOOTSTRAP_LAB_RELEASE"))
	if err != nil {
		parsed = version.MustParseSemantic("v0.9.0")
	}
	return release{parsed}
}

func (r release) String() string { return "v" + r.Version.String() }

func (r release) isFrom(text string) bool { return r.AtLeast(version.MustParseSemantic(text)) }

// needsPodMetricsToBeReady: before 0.9, metrics of nodes alone were enough.
func (r release) needsPodMetricsToBeReady() bool { return r.isFrom("v0.9.0") }

// isSilentAboutUnreadyNodes: before 0.9, a node that is not ready was an error as any other.
func (r release) isSilentAboutUnreadyNodes() bool { return r.isFrom("v0.9.0") }

// hasRequestTimeout: before 0.7, a scrape had nine tenths of the resolution.
func (r release) hasRequestTimeout() bool { return r.isFrom("v0.7.0") }

// flagSince has the flags that came later than 0.6, with the release that they came with.
var flagSince = map[string]string{
	"kubelet-request-timeout": "v0.7.0", "node-selector": "v0.7.0", "logging-format": "v0.7.0",
	"disable-http2-serving": "v0.8.0", "requestheader-uid-headers": "v0.8.0",
}

// flagUntil has the flags that went, with the first release without them. klog's own went with Kubernetes 1.26;
// what went before 0.6 is in this library only.
var flagUntil = map[string]string{
	"add_dir_header": "v0.7.0", "alsologtostderr": "v0.7.0", "log_backtrace_at": "v0.7.0", "log_dir": "v0.7.0",
	"log_file": "v0.7.0", "log_file_max_size": "v0.7.0", "logtostderr": "v0.7.0", "one_output": "v0.7.0",
	"skip_headers": "v0.7.0", "skip_log_headers": "v0.7.0", "stderrthreshold": "v0.7.0",
	"enable-swagger-ui": "v0.6.0", "experimental-logging-sanitization": "v0.6.0",
	"master-service-namespace": "v0.7.0", "target-ram-mb": "v0.6.0",
}

// addNewerFlags adds flags that are read, and change nothing: this library is too old for them, or nobody needs them.
func addNewerFlags(flags *pflag.FlagSet) {
	flags.Bool("permit-address-sharing", false, "Without effect in the stand-in.")
	flags.Bool("disable-http2-serving", false, "Without effect in the stand-in.")
	flags.Bool("deprecated-kubelet-completely-insecure", false, "Without effect in the stand-in.")
	flags.StringSlice("requestheader-uid-headers", nil, "Without effect in the stand-in.")
}

func (r release) hasFlag(name string) bool {
	since, until := flagSince[name], flagUntil[name]
	return (since == "" || r.isFrom(since)) && (until == "" || !r.isFrom(until))
}
