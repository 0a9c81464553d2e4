// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"path"
	"sort"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/metrics/pkg/apis/metrics"
	"k8s.io/metrics/pkg/apis/metrics/install"
)

var (
	scheme = runtime.NewScheme()
	codecs = serializer.NewCodecFactory(scheme)
)

func init() {
	install.Install(scheme)
	metav1.AddToGroupVersion(scheme, metav1.Unversioned)
	scheme.AddUnversionedTypes(metav1.Unversioned, &metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroupList{},
		&metav1.APIGroup{}, &metav1.APIResourceList{})
}

// source has the numbers of all nodes (in no namespace) or all pods, nodes as pods of one container.
type source interface {
	measured(ofPods bool) []metrics.PodMetrics
	// knows tells whether there is such an object, measured or not.
	knows(object key) bool
}

// storage answers for one of the two resources.
type storage struct {
	source source
	ofPods bool
}

func (s storage) NamespaceScoped() bool { return s.ofPods }

func (s storage) New() runtime.Object { return s.object(&metrics.PodMetrics{}) }

func (s storage) NewList() runtime.Object { return s.list(nil) }

func (s storage) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	object := key{Namespace: request.NamespaceValue(ctx), Name: name}
	found := s.matching(object.Namespace, func(one *metrics.PodMetrics) bool { return one.Name == name })
	if len(found) > 0 {
		return s.object(&found[0]), nil
	}
	kind := map[bool]string{false: "node", true: "pod"}[s.ofPods]
	if s.source.knows(object) {
		return nil, errors.NewNotFound(metrics.Resource(kind+"metrics"), path.Join(object.Namespace, name))
	}
	return nil, errors.NewNotFound(corev1.Resource(kind+"s"), name)
}

func (s storage) List(ctx context.Context, options *internalversion.ListOptions) (runtime.Object, error) {
	return s.list(s.matching(request.NamespaceValue(ctx), func(one *metrics.PodMetrics) bool {
		names := fields.Set{"metadata.name": one.Name, "metadata.namespace": one.Namespace}
		return (options.LabelSelector == nil || options.LabelSelector.Matches(labels.Set(one.Labels))) &&
			(options.FieldSelector == nil || options.FieldSelector.Matches(names))
	})), nil
}

func (s storage) matching(namespace string, matches func(*metrics.PodMetrics) bool) (kept []metrics.PodMetrics) {
	for _, one := range s.source.measured(s.ofPods) {
		if (namespace == "" || namespace == one.Namespace) && matches(&one) {
			kept = append(kept, one)
		}
	}
	sort.Slice(kept, func(i, j int) bool {
		one, two := &kept[i], &kept[j]
		return one.Namespace < two.Namespace || one.Namespace == two.Namespace && one.Name < two.Name
	})
	return kept
}

func (s storage) object(found *metrics.PodMetrics) runtime.Object {
	if s.ofPods {
		return found
	}
	return &metrics.NodeMetrics{ObjectMeta: found.ObjectMeta, Timestamp: found.Timestamp, Window: found.Window,
		Usage: sum(found.Containers)}
}

func (s storage) list(found []metrics.PodMetrics) runtime.Object {
	if s.ofPods {
		return &metrics.PodMetricsList{Items: append([]metrics.PodMetrics{}, found...)}
	}
	list := &metrics.NodeMetricsList{Items: []metrics.NodeMetrics{}}
	for index := range found {
		list.Items = append(list.Items, *s.object(&found[index]).(*metrics.NodeMetrics))
	}
	return list
}

func (s storage) ConvertToTable(_ context.Context, object, _ runtime.Object) (*metav1.Table, error) {
	table := &metav1.Table{ColumnDefinitions: []metav1.TableColumnDefinition{
		{Name: "Name", Type: "string", Format: "name", Description: "Name of the resource"},
		{Name: "cpu", Type: "string", Format: "quantity"}, {Name: "memory", Type: "string", Format: "quantity"},
		{Name: "Window", Type: "string", Format: "duration"},
	}}
	add := func(object runtime.Object) error {
		var name, window string
		var total corev1.ResourceList
		switch one := object.(type) {
		case *metrics.NodeMetrics:
			name, window, total = one.Name, one.Window.Duration.String(), one.Usage
		case *metrics.PodMetrics:
			name, window, total = one.Name, one.Window.Duration.String(), sum(one.Containers)
		}
		table.Rows = append(table.Rows, metav1.TableRow{
			Cells:  []interface{}{name, total.Cpu().String(), total.Memory().String(), window},
			Object: runtime.RawExtension{Object: object},
		})
		return nil
	}
	if meta.IsListType(object) {
		return table, meta.EachListItem(object, add)
	}
	return table, add(object)
}

func sum(containers []metrics.ContainerMetrics) corev1.ResourceList {
	total := corev1.ResourceList{}
	for _, container := range containers {
		for name, quantity := range container.Usage {
			quantity.Add(total[name])
			total[name] = quantity
		}
	}
	return total
}
