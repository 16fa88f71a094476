// SPDX-License-Identifier: Apache-2.0
// Defaults and derived values are those of Hugging Face transformers, where the models come from.
#include "lathe/models/rope_config.h"

#include <algorithm>
#include <cmath>

#include "lathe/base/error.h"

namespace lathe::models {

namespace {

constexpr std::string_view kOriginal = "original_max_position_embeddings";

// One config's rope: its parameters, and the fields beside them.
struct Source {
  Config config;
  Config parameters;  // rope_parameters or rope_scaling; an empty object where there is neither
  int64_t max_positions;
};

// The trained context: a parameter of the scaling, or a field of the config itself (Phi-3).
std::optional<int64_t> original_positions(const Source& source) {
  const auto positions = source.parameters.find_count(kOriginal);
  return positions ? positions : source.config.find_count(kOriginal);
}

double magnitude(double factor, double mscale) {
  return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
}

double yarn_attention_factor(const Config& parameters, double factor) {
  if (const auto given = parameters.find_positive("attention_factor")) return *given;
  const auto mscale = parameters.find_positive("mscale");
  const auto all_dim = parameters.find_positive("mscale_all_dim");
  if (!mscale || !all_dim) return magnitude(factor, 1);
  return magnitude(factor, *mscale) / magnitude(factor, *all_dim);
}

double longrope_attention_factor(const Source& source, double original) {
  if (const auto given = source.parameters.find_positive("attention_factor")) return *given;
  const double stretched = static_cast<double>(source.max_positions) / original;
  const double factor = source.parameters.find_positive("factor").value_or(stretched);
  return factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original));
}

std::vector<double> factor_list(const Source& source, std::string_view field) {
  const Json* list = source.parameters.find(field);
  if (list == nullptr) fail(ErrorCode::kCorrupt, field, ": expected a list, but it is missing");
  std::vector<double> factors;
  with_context(field, [&] { read_json(*list, factors); });
  return factors;
}

ops::RopeScaling none(const Source&) { return ops::NoScaling{}; }

ops::RopeScaling linear(const Source& source) {
  return ops::LinearScaling{.factor = source.parameters.positive("factor")};
}

ops::RopeScaling dynamic(const Source& source) {
  return ops::DynamicScaling{.factor = source.parameters.positive("factor"),
                             .original_max_positions = source.max_positions};
}

ops::RopeScaling yarn(const Source& source) {
  const int64_t original = original_positions(source).value_or(source.max_positions);
  const double stretched =
      static_cast<double>(source.max_positions) / static_cast<double>(original);
  const double factor = source.parameters.find_positive("factor").value_or(stretched);
  return ops::YarnScaling{.factor = factor,
                          .original_max_positions = original,
                          .beta_fast = source.parameters.find_positive("beta_fast").value_or(32),
                          .beta_slow = source.parameters.find_positive("beta_slow").value_or(1),
                          .attention_factor = yarn_attention_factor(source.parameters, factor),
                          .truncate = source.parameters.flag("truncate", true)};
}

ops::RopeScaling llama3(const Source& source) {
  return ops::Llama3Scaling{.factor = source.parameters.positive("factor"),
                            .low_freq_factor = source.parameters.positive("low_freq_factor"),
                            .high_freq_factor = source.parameters.positive("high_freq_factor"),
                            .original_max_positions = source.parameters.count(kOriginal)};
}

ops::RopeScaling longrope(const Source& source) {
  const int64_t original = original_positions(source).value_or(source.max_positions);
  return ops::LongRopeScaling{
      .short_factors = factor_list(source, "short_factor"),
      .long_factors = factor_list(source, "long_factor"),
      .original_max_positions = original,
      .attention_factor = longrope_attention_factor(source, static_cast<double>(original))};
}

ops::RopeScaling frequency_factors(const Source& source) {
  return ops::FrequencyFactorScaling{.factors = factor_list(source, "factors")};
}

struct RopeType {
  std::string_view name;
  ops::RopeScaling (*read)(const Source& source);
  std::vector<std::string_view> parameters;  // that it reads, or that change nothing
};

const std::vector<RopeType>& rope_types() {
  static const std::vector<RopeType> types = {
      {"default", none, {}},
      {"linear", linear, {"factor"}},
      {"dynamic", dynamic, {"factor", kOriginal}},
      {"yarn",
       yarn,
       {"factor", kOriginal, "beta_fast", "beta_slow", "attention_factor", "mscale",
        "mscale_all_dim", "truncate", "finetuned"}},
      {"llama3", llama3, {"factor", "low_freq_factor", "high_freq_factor", kOriginal}},
      {"longrope",
       longrope,
       {"factor", kOriginal, "short_factor", "long_factor", "attention_factor"}},
      {"frequency_factors", frequency_factors, {"factors"}},
  };
  return types;
}

const RopeType& rope_type(const Config& parameters) {
  std::string name = parameters.text("rope_type", parameters.text("type", "default"));
  if (name == "su") name = "longrope";  // as Phi-3 called it at first
  std::string known;
  for (const RopeType& type : rope_types()) {
    if (type.name == name) return type;
    known += cat(known.empty() ? "" : ", ", type.name);
  }
  fail(ErrorCode::kUnsupported, "rope_type: expected one of ", known, ", got ", quote(name));
}

// A parameter that nobody reads would be silently wrong.
void check_parameters(const Config& parameters, const RopeType& type) {
  static constexpr std::string_view kOfEveryType[] = {"rope_type", "type", "rope_theta",
                                                      "partial_rotary_factor"};
  for (const auto& [name, value] : parameters.json().as_object()) {
    if (value.is_null() || std::ranges::find(kOfEveryType, name) != std::end(kOfEveryType)) {
      continue;
    }
    if (std::ranges::find(type.parameters, name) != type.parameters.end()) continue;
    fail(ErrorCode::kUnsupported, name, ": rope type ", type.name, " has no such parameter");
  }
}

const Json& parameters_of(const Config& config) {
  static const Json empty = Json::object();
  for (const std::string_view field : {"rope_parameters", "rope_scaling"}) {
    const Json* found = config.find(field);
    if (found == nullptr) continue;
    with_context(field, [found] { return found->as_object().size(); });
    return *found;
  }
  return empty;
}

// A field of the parameters (transformers 5), or of the config itself.
double either(const Source& source, std::string_view field, double absent) {
  const auto inside = source.parameters.find_positive(field);
  return inside ? *inside : source.config.find_positive(field).value_or(absent);
}

int64_t rotary_dims(const Source& source, int64_t head_dim, double default_factor) {
  const double factor = either(source, "partial_rotary_factor", default_factor);
  // Not cast before it is known to fit.
  const auto dims = factor <= 1 ? static_cast<int64_t>(static_cast<double>(head_dim) * factor) : 0;
  if (dims >= 2 && dims % 2 == 0) return dims;
  fail(ErrorCode::kUnsupported, "partial_rotary_factor: expected an even number of rotated dims, ",
       "2 to head_dim (", head_dim, "), got ", factor, " * ", head_dim);
}

// max_position_embeddings counts the trained context for some types, the stretched one for others.
double context(const auto&, double max_positions) { return max_positions; }
double context(const ops::LinearScaling& linear, double max_positions) {
  return max_positions * linear.factor;
}
// Its frequencies follow the sequence beyond the stretch it is meant for; that fades with no end.
double context(const ops::DynamicScaling& dynamic, double max_positions) {
  constexpr double kBeyond = 4;
  return max_positions * dynamic.factor * kBeyond;
}
double context(const ops::YarnScaling& yarn, double max_positions) {
  return std::max(max_positions, static_cast<double>(yarn.original_max_positions) * yarn.factor);
}

int64_t max_seq_len(const ops::RopeScaling& scaling, int64_t max_positions) {
  const double tokens = std::visit(
      [=](const auto& one) { return context(one, static_cast<double>(max_positions)); }, scaling);
  return static_cast<int64_t>(std::min(tokens, static_cast<double>(kMaxSize)));
}

}  // namespace

RopeConfig rope_config(const Config& config, int64_t head_dim, const RopeDefaults& defaults) {
  const Source source{.config = config,
                      .parameters = Config(parameters_of(config)),
                      .max_positions = config.count("max_position_embeddings")};
  ops::Rope rope{.rotary_dims = rotary_dims(source, head_dim, defaults.rotary_factor),
                 .theta = either(source, "rope_theta", defaults.theta),
                 .style = defaults.style,
                 .scaling = {}};
  return with_context("rope scaling", [&] {
    const RopeType& type = rope_type(source.parameters);
    check_parameters(source.parameters, type);
    rope.scaling = type.read(source);
    ops::check_scaling(rope.scaling, rope.theta, rope.rotary_dims);
    return RopeConfig{.rope = rope, .max_seq_len = max_seq_len(rope.scaling, source.max_positions)};
  });
}

}  // namespace lathe::models
