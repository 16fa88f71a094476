// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/device_code.h"

#include <algorithm>
#include <cstring>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"
#include "lathe/base/safetensors_writer.h"
#include "lathe/core/cuda/arch.h"

namespace lathe::engine {

namespace {

constexpr std::string_view kRebuild = "; rebuild the engine with `lathe build --target ";
constexpr size_t kHashDigits = 16;

// Names in the container's metadata. Do not rename: stored in engines.
constexpr std::string_view kArch = "arch", kCompiler = "compiler", kOptions = "options";

std::string metadata_of(const Safetensors& file, std::string_view name, std::string_view source) {
  const auto found = file.metadata.find(name);
  if (found == file.metadata.end())
    fail(ErrorCode::kCorrupt, source, ": expected ", quote(name), " in the metadata, got none");
  return found->second;
}

// What the head of an ELF file says that matters here.
struct CubinHead {
  bool is_cubin = false;
  int sm = 0;
};

CubinHead head_of(std::string_view cubin) {
  constexpr size_t kHeaderBytes = 64, kAbi = 8, kMachine = 18, kFlags = 48;
  constexpr uint16_t kCudaMachine = 190;
  constexpr unsigned char kAbiOfCuda13 = 8;  // from which the architecture is the second byte
  if (cubin.size() < kHeaderBytes || !cubin.starts_with("\x7f"
                                                        "ELF"))
    return {};
  uint16_t machine = 0;
  uint32_t flags = 0;
  std::memcpy(&machine, cubin.data() + kMachine, sizeof machine);
  std::memcpy(&flags, cubin.data() + kFlags, sizeof flags);
  const bool shifted = static_cast<unsigned char>(cubin[kAbi]) >= kAbiOfCuda13;
  return {machine == kCudaMachine, static_cast<int>((shifted ? flags >> 8 : flags) & 0xff)};
}

void check_cubin(const std::string& key, std::string_view cubin, int sm) {
  const std::string rebuild = cat(kRebuild, cuda::arch_of(sm), "`");
  const CubinHead head = head_of(cubin);
  if (!head.is_cubin) {
    fail(ErrorCode::kCorrupt, "device code ", quote(key), ": expected a cubin, got ", cubin.size(),
         " other bytes", rebuild);
  }
  if (head.sm != sm) {
    fail(ErrorCode::kUnsupported, "device code ", quote(key), " is for sm_", head.sm,
         ", the plan for sm_", sm, rebuild);
  }
}

int sm_of(const Plan& plan) {
  const auto gpu = std::ranges::find(plan.targets, DeviceKind::kCuda, &kernels::Target::device);
  return gpu == plan.targets.end() ? 0 : gpu->sm;
}

}  // namespace

std::string code_key(std::string_view name, uint64_t hash) { return cat(name, "/", hex64(hash)); }

bool is_code_key(std::string_view key, std::string_view name) {
  if (key.size() != name.size() + 1 + kHashDigits || !key.starts_with(name)) return false;
  const std::string_view digits = key.substr(name.size() + 1);
  return key[name.size()] == '/' &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string to_safetensors(const DeviceCode& code) {
  LATHE_CHECK(!code.empty(), "a file of no device code");
  std::vector<SafetensorsTensor> tensors;
  for (const auto& [key, cubin] : code.cubins) {
    const auto size = static_cast<int64_t>(cubin.size());
    tensors.push_back({key, "U8", {size}, std::as_bytes(std::span(cubin))});
  }
  std::string out = safetensors_header(tensors, {{std::string(kArch), code.arch},
                                                 {std::string(kCompiler), code.compiler},
                                                 {std::string(kOptions), code.options}});
  for (const auto& [key, cubin] : code.cubins) out += cubin;
  return out;
}

DeviceCode parse_device_code(std::string_view bytes, std::string_view source) {
  const Safetensors file = read_safetensors(std::as_bytes(std::span(bytes)), source);
  DeviceCode code{.arch = metadata_of(file, kArch, source),
                  .compiler = metadata_of(file, kCompiler, source),
                  .options = metadata_of(file, kOptions, source)};
  for (const SafetensorsTensor& tensor : file.tensors) {
    if (tensor.dtype != "U8") {
      fail(ErrorCode::kCorrupt, source, ": ", quote(tensor.name), ": expected U8, got ",
           tensor.dtype);
    }
    const auto* data = reinterpret_cast<const char*>(tensor.bytes.data());
    code.cubins.emplace(tensor.name, std::string(data, tensor.bytes.size()));
  }
  return code;
}

void verify_code(const Plan& plan, const DeviceCode& code) {
  const int sm = sm_of(plan);
  const auto require = [&](const std::string& key) {
    if (key.empty() || code.cubins.contains(key)) return;
    fail(ErrorCode::kCorrupt, kKernelsFile, " has no device code ", quote(key), kRebuild,
         cuda::arch_of(sm), "`");
  };
  with_context(cat("plan ", quote(plan.name)), [&] {
    require(plan.sampler);
    for (const PlanWeight& weight : plan.weights) require(weight.code);
    for (const PlanStep& step : plan.steps) {
      for (const ChoiceTable& table : step.kernels) {
        for_each_choice(table, [&](const KernelChoice& choice) { require(choice.code); });
      }
    }
    if (sm == 0) return;
    for (const auto& [key, cubin] : code.cubins) check_cubin(key, cubin, sm);
  });
}

}  // namespace lathe::engine
