// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/inspect.h"

#include <algorithm>
#include <map>

#include "lathe/core/cuda/arch.h"
#include "lathe/engine/refusals.h"
#include "lathe/engine/step_cost.h"
#include "lathe/engine/usage.h"

namespace lathe::engine {

std::string target_name(const kernels::Target& target) {
  return target.device == DeviceKind::kCpu ? cat("cpu ", to_string(target.isa))
                                           : cat("cuda ", cuda::arch_of(target.sm));
}

namespace {

// What passes have put into a step beside its op: attributes that say so, and values that it
// computes at once.
Json fusions_of(const PlanStep& step) {
  constexpr std::string_view kFusions[] = {"bias",     "activation",     "gated",
                                           "residual", "quantize_block", "input_block"};
  Json out = Json::array();
  for (const std::string_view name : kFusions) {
    const Json* value = step.attributes.find(name);
    if (value == nullptr || value->is_null()) continue;
    const bool set =
        value->is_bool() ? value->as_bool() : !value->is_integer() || value->as_integer() != 0;
    if (set)
      out.push_back(value->is_string() ? cat(name, " ", value->as_string()) : std::string(name));
  }
  return out;
}

Json choices_of(const ChoiceTable& table) {
  Json out = Json::array();
  for (const KernelChoice& choice : table.choices) {
    Json entry = Json::object();
    entry["up_to_tokens"] = choice.up_to_tokens;
    entry["kernel"] = choice.kernel;
    entry["workspace_bytes"] = lathe::to_json(choice.workspace_bytes);
    if (!choice.code.empty()) entry["code"] = choice.code;
    out.push_back(std::move(entry));
  }
  return out;
}

Json refused_json(std::span<const Refusal> refusals) {
  Json out = Json::array();
  for (const Refusal& refusal : refusals) out.push_back(lathe::to_json(refusal));
  return out;
}

Json cost_json(const kernels::Cost& cost) {
  Json out = Json::object();
  out["bytes"] = cost.bytes;
  out["flops"] = cost.flops;
  return out;
}

Json costs_of(const Plan& plan, const PlanStep& step) {
  Json out = Json::object();
  out["context"] = cost_json(step_cost(plan, step, context_step(plan)));
  out["generation"] = cost_json(step_cost(plan, step, generation_step(plan)));
  return out;
}

// Of all launches of a step.
kernels::Cost whole_cost(const Plan& plan, const kernels::BenchStep& at) {
  kernels::Cost out;
  for (const PlanStep& step : plan.steps) {
    const kernels::Cost cost = step_cost(plan, step, at);
    out.bytes += cost.bytes;
    out.flops += cost.flops;
  }
  return out;
}

Json step_json(const Plan& plan, const PlanStep& step) {
  Json kernels = Json::object();
  for (size_t i = 0; i < step.kernels.size(); ++i) {
    Json table = Json::object();
    table["chosen"] = choices_of(step.kernels[i]);
    if (const auto& fixed = step.kernels[i].fixed_bits) table["fixed_bits"] = fixed->kernel;
    table["refused"] = refused_json(refusals_of(plan, step.kernels[i]));
    kernels[target_name(plan.targets[i])] = std::move(table);
  }
  Json out = Json::object();
  out["op"] = step.op;
  out["computes"] = lathe::to_json(step.computes);
  out["fused"] = fusions_of(step);
  out["cost"] = costs_of(plan, step);
  out["kernels"] = std::move(kernels);
  return out;
}

// Kernel -> steps that use it, over any token range.
std::map<std::string, int64_t> kernel_counts(const Plan& plan, size_t target) {
  std::map<std::string, int64_t> out;
  for (const PlanStep& step : plan.steps) {
    for (const KernelChoice& choice : step.kernels[target].choices) ++out[choice.kernel];
  }
  return out;
}

struct FormatBytes {
  int64_t weights = 0, bytes = 0;
};

// Resident weights by format.
std::map<std::string, FormatBytes> weights_by_format(const Plan& plan, size_t target) {
  std::map<std::string, FormatBytes> out;
  const std::vector<bool> used = used_values(plan, target);
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage != Storage::kWeight || !used[i]) continue;
    const ops::WeightFormatDesc& format = plan.weights[static_cast<size_t>(value.index)].format;
    FormatBytes& entry =
        out[format.is_plain() ? std::string(to_string(format.code_dtype)) : format.name];
    ++entry.weights;
    entry.bytes += bytes_for(value.type.dtype, value.type.shape.num_elements().value());
  }
  return out;
}

Json weights_json(const Plan& plan, size_t target) {
  Json out = Json::object();
  for (const auto& [format, held] : weights_by_format(plan, target)) {
    Json entry = Json::object();
    entry["weights"] = held.weights;
    entry["bytes"] = held.bytes;
    out[format] = std::move(entry);
  }
  return out;
}

int64_t kv_token_bytes(const Plan& plan) {
  int64_t bytes = 0;
  for (const PlanState& state : plan.states) {
    bytes += 2 * bytes_for(state.dtype, state.spec.kv_heads * state.spec.head_dim);
  }
  return bytes;
}

Json memory_json(const Plan& plan) {
  Json out = Json::object();
  out["arena_bytes"] = lathe::to_json(plan.arena_bytes);
  out["kv_block_bytes"] = kv_token_bytes(plan) * plan.block_size;
  out["kv_token_bytes"] = kv_token_bytes(plan);
  return out;
}

Json plan_json(const Plan& plan) {
  Json kernels = Json::object(), weights = Json::object(), steps = Json::array();
  Json refused = Json::object(), cost = Json::object();
  for (size_t target = 0; target < plan.targets.size(); ++target) {
    const std::string name = target_name(plan.targets[target]);
    kernels[name] = Json::object();
    for (const auto& [kernel, count] : kernel_counts(plan, target)) kernels[name][kernel] = count;
    weights[name] = weights_json(plan, target);
    refused[name] = lathe::to_json(group_refusals(plan, target));
  }
  for (const PlanStep& step : plan.steps) steps.push_back(step_json(plan, step));
  cost["context"] = cost_json(whole_cost(plan, context_step(plan)));
  cost["generation"] = cost_json(whole_cost(plan, generation_step(plan)));
  Json out = Json::object();
  out["name"] = plan.name;
  out["block_size"] = plan.block_size;
  out["kernels"] = std::move(kernels);
  out["weights"] = std::move(weights);
  out["refused"] = std::move(refused);
  out["cost"] = std::move(cost);
  out["memory"] = memory_json(plan);
  out["steps"] = std::move(steps);
  return out;
}

std::string checkpoint_text(const CheckpointReference& checkpoint) {
  if (checkpoint.dummy_seed) return cat("dummy weights, seed ", *checkpoint.dummy_seed);
  return checkpoint.self_contained ? std::string("in the engine") : checkpoint.path;
}

// Fusions that steps hold, with how many do.
std::map<std::string, int64_t> fusion_counts(const Plan& plan) {
  std::map<std::string, int64_t> out;
  for (const PlanStep& step : plan.steps) {
    const Json fusions = fusions_of(step);
    for (const Json& fusion : fusions.as_array()) {
      ++out[cat(step.op, " + ", fusion.as_string())];
    }
  }
  return out;
}

std::string counted(std::string_view title, const std::map<std::string, int64_t>& counts) {
  std::string out = cat(title, "\n");
  for (const auto& [text, count] : counts) out += cat("  ", count, " x ", text, "\n");
  return out;
}

std::string cost_text(std::string_view step, const kernels::Cost& cost) {
  return cat("a ", step, " moves at least ", static_cast<int64_t>(cost.bytes),
             " bytes and computes ", static_cast<int64_t>(cost.flops), " operations\n");
}

std::string plan_text(const Plan& plan, size_t target) {
  std::string out = cat("plan ", plan.name, ": ", plan.steps.size(), " steps for ",
                        target_name(plan.targets[target]), "\n");
  out += counted("kernels", kernel_counts(plan, target));
  out += counted("fusions", fusion_counts(plan));
  out += "not chosen\n";
  for (const RefusalGroup& group : group_refusals(plan, target)) {
    out += cat("  ", group.steps, " x ", group.op, ": ", group.why, ": ", join(group.kernels, ", "),
               "\n");
  }
  out += "weights\n";
  for (const auto& [format, held] : weights_by_format(plan, target)) {
    out += cat("  ", format, ": ", held.weights, " weights, ", held.bytes, " bytes\n");
  }
  out += cost_text("context of 512 tokens", whole_cost(plan, context_step(plan)));
  out += cost_text("token behind 512", whole_cost(plan, generation_step(plan)));
  return out + cat("memory\n  arena: ", plan.arena_bytes.to_string(),
                   " bytes\n  KV cache: ", kv_token_bytes(plan), " bytes a token, ",
                   kv_token_bytes(plan) * plan.block_size, " a block of ", plan.block_size, "\n");
}

Json code_json(const DeviceCode& code) {
  Json out = Json::object();
  out["arch"] = code.arch;
  out["compiler"] = code.compiler;
  out["options"] = code.options;
  Json& bytes = out["bytes"] = Json::object();
  for (const auto& [key, cubin] : code.cubins) bytes[key] = static_cast<int64_t>(cubin.size());
  return out;
}

std::string code_text(const DeviceCode& code) {
  size_t bytes = 0;
  std::string lines;
  for (const auto& [key, cubin] : code.cubins) {
    bytes += cubin.size();
    lines += cat("  ", cubin.size(), "  ", key, "\n");
  }
  return cat("device code for ", code.arch, " by ", code.compiler, ", ", bytes, " bytes\n", lines);
}

}  // namespace

Json inspect(const EngineData& engine) {
  const Manifest& manifest = engine.manifest;
  Json out = Json::object();
  out["format_version"] = manifest.format_version;
  out["lathe_version"] = manifest.lathe_version;
  out["checkpoint"] = lathe::to_json(manifest.checkpoint);
  out["model"] = lathe::to_json(manifest.model);
  out["dtype"] = manifest.dtype;
  if (!engine.code.empty()) out["device_code"] = code_json(engine.code);
  out["plans"] = Json::array();
  for (const Plan& plan : manifest.plans) out["plans"].push_back(plan_json(plan));
  return out;
}

std::string inspect_text(const EngineData& engine, size_t target) {
  const Manifest& manifest = engine.manifest;
  std::string out = cat("engine of ", manifest.model.family, ", dtype ", manifest.dtype,
                        ", written by lathe ", manifest.lathe_version,
                        "\nweights: ", checkpoint_text(manifest.checkpoint), "\nvocabulary ",
                        manifest.model.vocab, ", up to ", manifest.model.max_seq_len, " tokens\n");
  for (const Plan& plan : manifest.plans) out += plan_text(plan, target);
  return engine.code.empty() ? out : out + code_text(engine.code);
}

}  // namespace lathe::engine
