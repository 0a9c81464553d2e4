// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/metrics/pkg/apis/metrics"
)

// serve answers until stop is closed.
func (o *options) serve(stop <-chan struct{}) error {
	config, err := o.serverConfig()
	if err != nil {
		return err
	}
	if generated := generatedFromEnvironment(); generated != nil {
		return run(config, generated, func() {}, stop)
	}
	scraped, err := newScraped(o)
	if err != nil {
		return err
	}
	config.LivezChecks = append(config.LivezChecks, check("metric-collection-timely", scraped.isTimely))
	config.ReadyzChecks = append(config.ReadyzChecks,
		check("metric-storage-ready", scraped.hasMetrics), check("metric-informer-sync", scraped.hasSynced))
	return run(config, scraped, func() { scraped.follow(stop) }, stop)
}

// run calls begin once the API is made, and serves when it has returned: nothing is served before both lists are in.
func run(config *genericapiserver.Config, source source, begin func(), stop <-chan struct{}) error {
	server, err := config.Complete(nil).New("metrics-server", genericapiserver.NewEmptyDelegate())
	if err != nil {
		return err
	}
	group := genericapiserver.NewDefaultAPIGroupInfo(
		metrics.GroupName, scheme, runtime.NewParameterCodec(scheme), codecs)
	group.VersionedResourcesStorageMap["v1beta1"] = map[string]rest.Storage{
		"nodes": storage{source, false}, "pods": storage{source, true}}
	if err := server.InstallAPIGroup(&group); err != nil {
		return err
	}
	begin()
	return server.PrepareRun().Run(stop)
}

func (o *options) serverConfig() (*genericapiserver.Config, error) {
	if err := o.serving.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{net.IPv4(127, 0, 0, 1)}); err != nil {
		return nil, fmt.Errorf("error creating self-signed certificates: %v", err)
	}
	config := genericapiserver.NewConfig(codecs)
	// Who asks is told that this is the stand-in.
	config.Version = &version.Info{Major: "0", Minor: fmt.Sprint(o.release.Minor()), GitVersion: o.release.String(),
		Platform: "kbootstrap-lab stand-in"}
	for _, apply := range []func() error{
		func() error { return o.generic.ApplyTo(config) },
		func() error { return o.serving.ApplyTo(&config.SecureServing, &config.LoopbackClientConfig) },
		func() error { return o.authentication.ApplyTo(&config.Authentication, config.SecureServing, nil) },
		func() error { return o.authorization.ApplyTo(&config.Authorization) },
		func() error { return o.audit.ApplyTo(config) },
		func() error { return o.features.ApplyTo(config) },
	} {
		if err := apply(); err != nil {
			return nil, err
		}
	}
	return config, nil
}
