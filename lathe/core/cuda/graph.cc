// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/graph.h"

#include <utility>

namespace lathe::cuda {
namespace {

constexpr int kThreadLocalCapture = 1;

// Ends the capture whatever happens; the graph, or null where the capture is invalid.
GraphOpaque* record(const Stream& stream, const std::function<void()>& enqueue) {
  const Device& device = stream.device();
  GraphOpaque* graph = nullptr;
  try {
    enqueue();
  } catch (...) {
    device.driver().cuStreamEndCapture(stream.handle(), &graph);
    if (graph != nullptr) device.driver().cuGraphDestroy(graph);
    throw;
  }
  LATHE_CUDA(device, cuStreamEndCapture(stream.handle(), &graph));
  return graph;
}

}  // namespace

GraphExec capture(const Stream& stream, const std::function<void()>& enqueue) {
  const Device& device = stream.device();
  device.make_current();
  LATHE_CUDA(device, cuStreamBeginCapture_v2(stream.handle(), kThreadLocalCapture));
  GraphOpaque* graph = record(stream, enqueue);
  GraphExecOpaque* exec = nullptr;
  size_t num_nodes = 0;
  Result result = device.driver().cuGraphGetNodes(graph, nullptr, &num_nodes);
  if (result == 0) result = device.driver().cuGraphInstantiateWithFlags(&exec, graph, 0);
  device.driver().cuGraphDestroy(graph);
  device.check(result, "cuGraphInstantiateWithFlags");
  return GraphExec(stream.shared_device(), exec, num_nodes);
}

GraphExec::GraphExec(std::shared_ptr<const Device> device, GraphExecOpaque* handle,
                     size_t num_nodes)
    : device_(std::move(device)),
      handle_(handle),
      num_nodes_(num_nodes),
      name_(device_->keep_name(cat("a graph of ", num_nodes, " launches"))) {}

GraphExec::GraphExec(GraphExec&& other) noexcept
    : device_(std::move(other.device_)),
      handle_(std::exchange(other.handle_, nullptr)),
      num_nodes_(other.num_nodes_),
      name_(other.name_) {}

GraphExec::~GraphExec() {
  if (handle_ != nullptr) device_->driver().cuGraphExecDestroy(handle_);
}

void GraphExec::launch(const Stream& stream) const {
  device_->make_current();
  LATHE_CUDA(*device_, cuGraphLaunch(handle_, stream.handle()));
  device_->note_launch(name_);
}

void GraphExec::upload(const Stream& stream) const {
  device_->make_current();
  LATHE_CUDA(*device_, cuGraphUpload(handle_, stream.handle()));
}

}  // namespace lathe::cuda
