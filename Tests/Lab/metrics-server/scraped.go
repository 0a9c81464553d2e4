// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/server/healthz"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/metrics"
)

// The requests of a round are spread over 8 ms a node, at most 4 s.
const delayPerNode, mostDelays = 8 * time.Millisecond, 500

// scraped serves what kubelets say of the nodes and running pods that the API server knows.
type scraped struct {
	*options
	nodes, pods cache.SharedIndexInformer
	selector    labels.Selector
	kubelets    *http.Client
	store       *store
	// When the last round began, in nanoseconds since 1970.
	lastStart int64
}

func newScraped(options *options) (*scraped, error) {
	config, err := rest.InClusterConfig()
	if options.kubeconfig != "" {
		config, err = clientcmd.BuildConfigFromFlags("", options.kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("unable to construct lister client config: %v", err)
	}
	config.UserAgent = "metrics-server/" + options.release.String() + " (kbootstrap-lab stand-in)"
	selector, err := labels.Parse(options.nodeSelector)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("unable to construct lister client: %v", err)
	}
	kubelets, err := rest.TransportFor(options.kubeletConfig(config))
	if err != nil {
		return nil, fmt.Errorf("unable to construct a client to connect to the kubelets: %v", err)
	}
	running := func(options *metav1.ListOptions) { options.FieldSelector = "status.phase=Running" }
	return &scraped{
		options: options, selector: selector, kubelets: &http.Client{Transport: kubelets},
		nodes: coreinformers.NewNodeInformer(client, 0, cache.Indexers{}),
		pods:  coreinformers.NewFilteredPodInformer(client, metav1.NamespaceAll, 0, cache.Indexers{}, running),
		store: &store{resolution: options.resolution},
	}, nil
}

// follow returns once nodes and pods are known; then a round begins at once, and another each resolution.
func (s *scraped) follow(stop <-chan struct{}) {
	go s.nodes.Run(stop)
	go s.pods.Run(stop)
	cache.WaitForCacheSync(stop, s.nodes.HasSynced, s.pods.HasSynced)
	go wait.NonSlidingUntil(func() {
		atomic.StoreInt64(&s.lastStart, time.Now().UnixNano())
		s.store.put(s.round())
	}, s.resolution, stop)
}

func (s *scraped) round() batch {
	nodes := s.selectedNodes()
	whole, start, parts := batch{}, time.Now(), make(chan batch, len(nodes))
	for index, node := range nodes {
		go func(delay time.Duration, node *corev1.Node) {
			time.Sleep(delay)
			parts <- s.scrapeOrTell(node)
		}(delayPerNode*time.Duration(index%mostDelays), node.(*corev1.Node))
	}
	for range nodes {
		for owner, containers := range <-parts {
			whole[owner] = containers
		}
	}
	klog.V(1).InfoS("Scrape finished", "nodeCount", len(nodes), "duration", time.Since(start))
	return whole
}

func (s *scraped) selectedNodes() (nodes []interface{}) {
	for _, node := range s.nodes.GetStore().List() {
		if s.selector.Matches(labels.Set(node.(*corev1.Node).Labels)) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// scrapeOrTell returns nil where it failed, and logs why.
func (s *scraped) scrapeOrTell(node *corev1.Node) batch {
	found, err := s.scrape(node)
	switch {
	case err == nil:
		return found
	case s.release.isSilentAboutUnreadyNodes() && !isReady(node):
		klog.V(4).InfoS("Failed to scrape node, node is not ready", "node", klog.KObj(node), "err", err)
	case s.release.hasRequestTimeout() && errors.Is(err, context.DeadlineExceeded):
		klog.ErrorS(err, "Failed to scrape node, timeout to access kubelet", "node", klog.KObj(node), "timeout", s.timeout)
	default:
		klog.ErrorS(err, "Failed to scrape node", "node", klog.KObj(node))
	}
	return nil
}

func isReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func (s *scraped) measured(ofPods bool) (measured []metrics.PodMetrics) {
	objects := s.selectedNodes()
	if ofPods {
		objects = s.pods.GetStore().List()
	}
	for _, object := range objects {
		if found := s.store.measured(object.(metav1.Object)); found != nil {
			measured = append(measured, *found)
		}
	}
	return measured
}

func (s *scraped) knows(object key) bool {
	objects, name := s.nodes, object.Name
	if object.Namespace != "" {
		objects, name = s.pods, object.String()
	}
	_, isKnown, _ := objects.GetStore().GetByKey(name) // a cache in memory does not fail
	return isKnown
}

// isTimely: a round may take one and a half resolutions.
func (s *scraped) isTimely() error {
	if time.Since(time.Unix(0, atomic.LoadInt64(&s.lastStart))) > s.resolution*3/2 {
		return errors.New("metric collection didn't finish on time")
	}
	return nil
}

func (s *scraped) hasSynced() error {
	if s.nodes.HasSynced() && s.pods.HasSynced() {
		return nil
	}
	return errors.New("the lists of nodes and pods are not in yet")
}

func (s *scraped) hasMetrics() error {
	nodes, pods := s.store.has()
	if nodes && pods || (nodes || pods) && !s.release.needsPodMetricsToBeReady() {
		return nil
	}
	return errors.New("no metrics to serve")
}

// check logs each failure, whose reason a probe is not told.
func check(name string, judge func() error) healthz.HealthChecker {
	return healthz.NamedCheck(name, func(*http.Request) error {
		err := judge()
		if err != nil {
			klog.InfoS("Failed probe", "probe", name, "err", err)
		}
		return err
	})
}
