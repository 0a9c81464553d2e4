// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/metrics"
)

const (
	// generatedVariable asks for numbers that nobody measured: "NODES PODS CONTAINERS SEED".
	generatedVariable = "KBOOTSTRAP_LAB_GENERATED"
	// podsPerNamespace is as many as a kubelet runs by default.
	podsPerNamespace = 110
	generatedWindow  = 15 * time.Second
)

// generated has numbers for clusters larger than a machine holds.
type generated struct{ nodeCount, podCount, containersPerPod, seed int }

// generatedFromEnvironment is nil where kubelets are to be scraped.
func generatedFromEnvironment() *generated {
	var asked generated
	if count, _ := fmt.Sscan(os.Getenv(generatedVariable),
		&asked.nodeCount, &asked.podCount, &asked.containersPerPod, &asked.seed); count < 4 {
		return nil
	}
	klog.InfoS("Serving simulated metrics", "nodes", asked.nodeCount, "pods", asked.podCount)
	return &asked
}

// knows nothing without numbers.
func (g *generated) knows(key) bool { return false }

func (g *generated) measured(ofPods bool) (found []metrics.PodMetrics) {
	for index := 0; index < g.nodeCount && !ofPods; index++ {
		name := fmt.Sprintf("node-%05d", index)
		labels := map[string]string{"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
		found = append(found, g.one(key{Name: name}, labels, 1, 1e9, 4e9))
	}
	for index := 0; index < g.podCount && ofPods; index++ {
		pod := key{Namespace: fmt.Sprintf("load-%03d", index/podsPerNamespace), Name: fmt.Sprintf("load-%05d", index)}
		found = append(found, g.one(pod, map[string]string{"app": "load"}, g.containersPerPod, 1e7, 3e7))
	}
	return found
}

// one ends at a multiple of the window, as between two scrapes. Numbers vary with time, by half around a middle;
// they are the same for the same seed, name and window.
func (g *generated) one(owner key, labels map[string]string, containers int, cpu, bytes float64) metrics.PodMetrics {
	end := time.Now().Truncate(generatedWindow)
	found := metrics.PodMetrics{Timestamp: metav1.NewTime(end), Window: metav1.Duration{Duration: generatedWindow}}
	found.ObjectMeta = metav1.ObjectMeta{
		Namespace: owner.Namespace, Name: owner.Name, Labels: labels, CreationTimestamp: metav1.Now()}
	for number := 0; number < containers; number++ {
		name := "main"
		if number > 0 {
			name = fmt.Sprintf("sidecar-%d", number)
		}
		hash := fnv.New32a()
		fmt.Fprint(hash, g.seed, owner, name)
		phase := float64(hash.Sum32()) / math.MaxUint32
		wave := 1 + math.Sin(2*math.Pi*(phase+float64(end.Unix()%300)/300))/2
		usage := resources(cpu*wave*(0.5+phase), math.Floor(bytes*wave*(0.5+phase)/4096)*4096)
		found.Containers = append(found.Containers, metrics.ContainerMetrics{Name: name, Usage: usage})
	}
	return found
}
