// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
)

// kubeletConfig leads to kubelets: with the token, over verified TLS.
func (o *options) kubeletConfig(cluster *rest.Config) *rest.Config {
	config := rest.CopyConfig(cluster)
	tls := &config.TLSClientConfig
	if o.insecureTLS {
		tls.Insecure, tls.CAData, tls.CAFile = true, nil, ""
	}
	if o.authority != "" {
		tls.CAData, tls.CAFile = nil, o.authority
	}
	if o.clientCertificate != "" {
		tls.CertData, tls.CertFile = nil, o.clientCertificate
		tls.KeyData, tls.KeyFile = nil, o.clientKey
	}
	return config
}

// scrape returns what the node's kubelet says of itself and its containers.
func (s *scraped) scrape(node *corev1.Node) (batch, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	request, err := s.request(ctx, node)
	if err != nil {
		return nil, err
	}
	asked := time.Now()
	response, err := s.kubelets.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("request failed, status: %q", response.Status)
	}
	return readBatch(response.Body, node.Name, asked)
}

// request goes to the address of the first type that the node has.
func (s *scraped) request(ctx context.Context, node *corev1.Node) (*http.Request, error) {
	path, port := "/metrics/resource", s.port
	if other, isGiven := node.Annotations["metrics.k8s.io/resource-metrics-path"]; isGiven {
		path = other
	}
	if own := int(node.Status.DaemonEndpoints.KubeletEndpoint.Port); s.usesStatusPort && own != 0 {
		port = own
	}
	for _, wanted := range s.addressTypes {
		for _, address := range node.Status.Addresses {
			if string(address.Type) == wanted {
				url := "https://" + net.JoinHostPort(address.Address, strconv.Itoa(port)) + path
				return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			}
		}
	}
	return nil, fmt.Errorf("no address matched types %v", s.addressTypes)
}
