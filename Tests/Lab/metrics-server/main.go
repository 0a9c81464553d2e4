// SPDX-License-Identifier: Apache-2.0

// Command metrics-server stands in for metrics-server in kbootstrap-lab, on the library that the real one is built on.
// Authentication, authorization, serving, flags and log lines are k8s.io/apiserver's and k8s.io/client-go's own.
package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/component-base/logs"
	"k8s.io/klog/v2"
)

func main() {
	logs.InitLogs()
	defer logs.FlushLogs()
	// Later libraries are told by the kernel of changed certificate files; this one looks once a minute.
	dynamiccertificates.FileRefreshDuration = time.Second
	// As upstream: whatever is wrong at the start ends in a panic, with status 2.
	if err := newCommand(releaseToStandInFor(), genericapiserver.SetupSignalHandler()).Execute(); err != nil {
		panic(err)
	}
}

func newCommand(release release, stop <-chan struct{}) *cobra.Command {
	options := newOptions(release)
	command := &cobra.Command{
		Use:  "metrics-server",
		Long: "kbootstrap-lab's stand-in for metrics-server " + release.String(),
		RunE: func(*cobra.Command, []string) error {
			if options.showVersion {
				fmt.Println(release)
				return nil
			}
			klog.InfoS("This is kbootstrap-lab's stand-in for metrics-server, not metrics-server itself",
				"release", release.Version.String())
			if err := options.validate(); err != nil {
				return err
			}
			options.logging.Apply()
			return options.serve(stop)
		},
	}
	options.addFlags(command.Flags())
	return command
}
