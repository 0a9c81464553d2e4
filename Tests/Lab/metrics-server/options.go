// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericoptions "k8s.io/apiserver/pkg/server/options"
	"k8s.io/component-base/logs"
)

// options are metrics-server's command line.
type options struct {
	release        release
	generic        *genericoptions.ServerRunOptions
	serving        *genericoptions.SecureServingOptionsWithLoopback
	authentication *genericoptions.DelegatingAuthenticationOptions
	authorization  *genericoptions.DelegatingAuthorizationOptions
	audit          *genericoptions.AuditOptions
	features       *genericoptions.FeatureOptions
	logging        *logs.Options

	showVersion              bool
	resolution               time.Duration
	kubeconfig, nodeSelector string

	// Of kubelets.
	usesStatusPort, insecureTLS             bool
	port                                    int
	addressTypes                            []string
	authority, clientCertificate, clientKey string
	timeout                                 time.Duration
}

func newOptions(release release) *options {
	authorization := genericoptions.NewDelegatingAuthorizationOptions().WithAlwaysAllowGroups("system:masters")
	// From Kubernetes 1.21 on, the library's own default: everybody may ask for health.
	authorization.AlwaysAllowPaths = []string{"/healthz", "/readyz", "/livez"}
	return &options{
		release:        release,
		generic:        genericoptions.NewServerRunOptions(),
		serving:        genericoptions.NewSecureServingOptions().WithLoopback(),
		authentication: genericoptions.NewDelegatingAuthenticationOptions(),
		authorization:  authorization,
		audit:          genericoptions.NewAuditOptions(),
		features:       genericoptions.NewFeatureOptions(),
		logging:        logs.NewOptions(),
		resolution:     time.Minute,
		port:           10250,
		timeout:        10 * time.Second,
		addressTypes:   []string{"Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"},
	}
}

// addFlags adds those that the release has.
func (o *options) addFlags(kept *pflag.FlagSet) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, add := range []func(*pflag.FlagSet){
		o.addOwnFlags, addNewerFlags, o.generic.AddUniversalFlags, o.serving.AddFlags,
		o.authentication.AddFlags, o.authorization.AddFlags, o.audit.AddFlags, o.features.AddFlags, o.logging.AddFlags,
		logs.AddFlags,
	} {
		add(all)
	}
	all.AddGoFlagSet(flag.CommandLine)
	all.VisitAll(func(flag *pflag.Flag) {
		if o.release.hasFlag(flag.Name) {
			kept.AddFlag(flag)
		}
	})
}

func (o *options) addOwnFlags(flags *pflag.FlagSet) {
	flags.DurationVar(&o.resolution, "metric-resolution", o.resolution, "How often kubelets are scraped; at least 10s.")
	flags.StringVarP(&o.nodeSelector, "node-selector", "l", "", "Labels of the nodes to scrape.")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "Leads to the API server (default: the service account).")
	flags.BoolVar(&o.showVersion, "version", false, "Print the release that is stood in for.")
	flags.BoolVar(&o.insecureTLS, "kubelet-insecure-tls", false, "Take any certificate of a kubelet.")
	flags.BoolVar(&o.usesStatusPort, "kubelet-use-node-status-port", false, "Take the port from the Node.")
	flags.IntVar(&o.port, "kubelet-port", o.port, "The kubelets' port.")
	flags.StringSliceVar(&o.addressTypes, "kubelet-preferred-address-types", o.addressTypes, "The first found is dialled.")
	flags.StringVar(&o.authority, "kubelet-certificate-authority", "", "CA of the kubelets' serving certificates.")
	flags.StringVar(&o.clientKey, "kubelet-client-key", "", "Key of the client certificate for kubelets.")
	flags.StringVar(&o.clientCertificate, "kubelet-client-certificate", "", "Client certificate for kubelets.")
	flags.DurationVar(&o.timeout, "kubelet-request-timeout", o.timeout, "How long a kubelet may take to answer.")
}

// validate returns the first complaint, as upstream tells one only.
func (o *options) validate() error {
	if !o.release.hasRequestTimeout() {
		o.timeout = o.resolution * 9 / 10
	}
	for _, rule := range []struct {
		isBroken  bool
		complaint string
	}{
		{o.authority != "" && o.insecureTLS,
			"cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls"},
		{(o.clientKey != "") != (o.clientCertificate != ""),
			"need both --kubelet-client-key and --kubelet-client-certificate"},
		{o.timeout <= 0 && o.release.hasRequestTimeout(), "kubelet-request-timeout should be positive"},
		{o.resolution < 10*time.Second, fmt.Sprintf(
			"metric-resolution should be a time duration at least 10s, but value %v provided", o.resolution)},
		{o.resolution*9/10 < o.timeout, fmt.Sprintf(
			"metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value %v "+
				"kubelet-request-timeout value %v provided", o.resolution, o.timeout)},
	} {
		if rule.isBroken {
			return errors.New(rule.complaint)
		}
	}
	return utilerrors.NewAggregate(append(o.generic.Validate(), o.logging.Validate()...))
}
