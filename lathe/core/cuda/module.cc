// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/module.h"

#include <utility>

namespace lathe::cuda {
namespace {

enum FunctionAttribute {
  kStaticSharedBytes = 1,
  kLocalBytes = 3,
  kRegisters = 4,
  kMaxDynamicSharedBytes = 8,
  kPreferredSharedCarveout = 9,
  kNonPortableClusterSize = 14,
};
constexpr uint32_t kClusterAttribute = 4;
constexpr uint32_t kProgrammaticAttribute = 6;
constexpr Result kNotFoundResult = 500;
constexpr uint32_t kPortableCluster = 8;

// All that a block can have beside its static part. And all kernels ask for the largest share of
// shared memory against L1: a multiprocessor must be idle to change it, and kernels that overlap
// could not stay on one.
void allow_shared_memory(const Device& device, FunctionOpaque* function, const std::string& entry) {
  const Driver& driver = device.driver();
  int used = 0;
  device.check(driver.cuFuncGetAttribute(&used, kStaticSharedBytes, function), "cuFuncGetAttribute",
               entry);
  const int left = static_cast<int>(device.info().shared_bytes_per_block) - used;
  device.check(driver.cuFuncSetAttribute(function, kMaxDynamicSharedBytes, left),
               "cuFuncSetAttribute(shared bytes)", entry);
  device.check(driver.cuFuncSetAttribute(function, kPreferredSharedCarveout, 100),
               "cuFuncSetAttribute(carve-out)", entry);
}

}  // namespace

Module::Module(std::shared_ptr<const Device> device, std::span<const std::byte> cubin,
               std::string name)
    : device_(std::move(device)), name_(std::move(name)) {
  // The driver reads the size from the image's own header: an image that is no ELF file must not
  // get that far.
  static constexpr std::array kMagic = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'},
                                        std::byte{'F'}};
  if (cubin.size() < 64 || !std::equal(kMagic.begin(), kMagic.end(), cubin.begin())) {
    fail(ErrorCode::kCorrupt, "device code of ", name_, " is no cubin: ", cubin.size(), " bytes");
  }
  device_->make_current();
  device_->check(device_->driver().cuLibraryLoadData(&library_, cubin.data(), nullptr, nullptr, 0,
                                                     nullptr, nullptr, 0),
                 "cuLibraryLoadData", name_);
}

Module::Module(Module&& other) noexcept
    : device_(std::move(other.device_)),
      name_(std::move(other.name_)),
      library_(std::exchange(other.library_, nullptr)) {}

Module::~Module() {
  if (library_ != nullptr) device_->driver().cuLibraryUnload(library_);
}

Kernel Module::kernel(const std::string& entry) const {
  device_->make_current();
  const Driver& driver = device_->driver();
  KernelOpaque* kernel = nullptr;
  const Result result = driver.cuLibraryGetKernel(&kernel, library_, entry.c_str());
  if (result == kNotFoundResult) {
    fail(ErrorCode::kCorrupt, "device code of ", name_, " has no kernel ", entry);
  }
  device_->check(result, "cuLibraryGetKernel", entry);
  FunctionOpaque* function = nullptr;
  device_->check(driver.cuKernelGetFunction(&function, kernel), "cuKernelGetFunction", entry);
  allow_shared_memory(*device_, function, entry);
  return Kernel(function, device_->keep_name(entry));
}

KernelInfo Module::info(const Kernel& kernel) const {
  const auto read = [&](FunctionAttribute attribute) {
    int value = 0;
    LATHE_CUDA(*device_, cuFuncGetAttribute(&value, attribute, kernel.function()));
    return value;
  };
  return {read(kRegisters), read(kLocalBytes), read(kStaticSharedBytes)};
}

int Module::blocks_per_processor(const Kernel& kernel, int threads, uint32_t shared_bytes) const {
  int blocks = 0;
  LATHE_CUDA(*device_, cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel.function(),
                                                                   threads, shared_bytes));
  return blocks;
}

namespace {

void check_grid(const Kernel& kernel, const Dim3& grid) {
  if (grid.y <= kMaxGridYz && grid.z <= kMaxGridYz) return;
  fail(ErrorCode::kResourceExhausted, kernel.name(), ": a grid of ", grid.x, " x ", grid.y, " x ",
       grid.z, " blocks, a GPU takes up to ", kMaxGridYz, " along y and z: give it smaller steps");
}

}  // namespace

void launch_raw(const Stream& stream, const Kernel& kernel, const LaunchConfig& config,
                void** arguments) {
  const Device& device = stream.device();
  device.make_current();
  check_grid(kernel, config.grid);
  std::array<LaunchAttribute, 2> attributes{};
  uint32_t count = 0;
  if (config.overlap == Overlap::kProgrammatic) {
    attributes[count].id = kProgrammaticAttribute;
    attributes[count++].value.flag = 1;
  }
  const Dim3& cluster = config.cluster;
  const uint32_t cluster_size = cluster.x * cluster.y * cluster.z;
  if (cluster_size > 1) {
    attributes[count].id = kClusterAttribute;
    attributes[count].value.words[0] = cluster.x;
    attributes[count].value.words[1] = cluster.y;
    attributes[count++].value.words[2] = cluster.z;
  }
  if (cluster_size > kPortableCluster) {
    LATHE_CUDA(device, cuFuncSetAttribute(kernel.function(), kNonPortableClusterSize, 1));
  }
  const DriverLaunchConfig raw = {{config.grid.x, config.grid.y, config.grid.z},
                                  {config.block.x, config.block.y, config.block.z},
                                  config.shared_bytes,
                                  stream.handle(),
                                  attributes.data(),
                                  count};
  device.check(device.driver().cuLaunchKernelEx(&raw, kernel.function(), arguments, nullptr),
               "cuLaunchKernelEx", kernel.name());
  device.note_launch(kernel.name());
}

}  // namespace lathe::cuda
