// SPDX-License-Identifier: Apache-2.0
// lathe devices: the CPU, every GPU, and why there is none.
#include "commands.h"
#include "lathe/core/cuda/discover.h"
#include "print.h"

namespace lathe::app {

namespace {

struct DevicesOptions {
  ExistingFolder cuda_libraries;
  bool json = false;
  void declare(Flags& flags) {
    flags.value("--cuda-libraries", cuda_libraries,
                {"DIR", "where CUDA's libraries are, before the usual places"});
    flags.toggle("--json", json, "print one JSON object");
  }
};

Json devices_json(const cuda::Discovery& discovery) {
  Json out = Json::object();
  out["devices"] = to_json(discovery.devices);
  out["driver_version"] = discovery.driver_version;
  out["no_gpu_reason"] = discovery.no_gpu_reason;
  return out;
}

ExitCode devices(const DevicesOptions& options) {
  const cuda::Discovery discovery =
      cuda::discover_devices({.directory = options.cuda_libraries.path});
  if (options.json) {
    print_json(devices_json(discovery));
  } else {
    print(cuda::describe_devices(discovery));
  }
  return ExitCode::kOk;
}

}  // namespace

Command devices_command() {
  return make_command<DevicesOptions>(
      {"devices", "the devices of this machine", {"lathe devices", "lathe devices --json"}},
      devices);
}

}  // namespace lathe::app
