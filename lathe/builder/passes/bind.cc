// SPDX-License-Identifier: Apache-2.0
// Binds every parameter to the stored weight of its name: looks up format and shape, and makes the
// network say how the values come back. A block format becomes parameters for codes, scales and
// minimums with a dequantize behind them; a plain matrix of another dtype than declared becomes a
// cast. Vectors and everything that is no weight matrix of a linear or embedding convert at load.
#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/quantize.h"

namespace lathe::builder::passes {

namespace {

using graph::ParameterSpec;
using ops::WeightFormatDesc;
using ops::WeightPart;
using ops::WeightSource;

WeightFormatDesc plain(DType dtype) { return {.name = "plain", .code_dtype = dtype}; }

std::vector<WeightSource> sources_of(Value parameter, const WeightCatalog& catalog) {
  std::vector<WeightSource> sources;
  if (!catalog.by_parameter) sources = parameter.network().parameter_spec(parameter).sources;
  if (sources.empty()) sources.push_back({.tensor = parameter.name()});
  return sources;
}

// What a parameter turned out to be: all its sources together.
struct Found {
  Value parameter;
  std::vector<WeightSource> sources;
  std::vector<int64_t> source_rows;
  WeightFormatDesc format;
};

// Collects what is wrong with all parameters, so that one error can name it all.
class Report {
 public:
  explicit Report(const WeightCatalog& catalog) : catalog_(catalog) {}

  std::optional<Found> look_up(Value parameter) {
    Found found{.parameter = parameter,
                .sources = sources_of(parameter, catalog_),
                .source_rows = {},
                .format = {}};
    std::vector<int64_t> shape;
    for (const WeightSource& source : found.sources) {
      used_.push_back(source.tensor);
      const std::optional<StoredWeight> stored = catalog_.find(source);
      if (!stored) {
        missing(source.tensor);
        return std::nullopt;
      }
      if (!add_source(found, shape, *stored)) return std::nullopt;
    }
    const std::vector<int64_t> expected = parameter.shape().evaluate({});
    if (shape == expected) return found;
    misshapen_.push_back(
        cat(parameter.name(), " (", text(shape), ", expected ", text(expected), ")"));
    return std::nullopt;
  }

  void check() const {
    const std::vector<std::string> unused = left_over();
    if (missing_.empty() && misshapen_.empty() && unused.empty()) return;
    std::string message = cat(catalog_.origin, ": the weights do not fit the network");
    message += listed("; missing: ", missing_) + listed("; misshapen: ", misshapen_) +
               listed("; left over: ", unused);
    fail(ErrorCode::kCorrupt, message);
  }

 private:
  static std::string text(const std::vector<int64_t>& shape) {
    return Shape(std::vector<Dim>(shape.begin(), shape.end())).to_string();
  }

  // Adds one source's rows. False where it does not go with the others.
  bool add_source(Found& found, std::vector<int64_t>& shape, const StoredWeight& stored) {
    if (shape.empty()) {
      found.format = stored.format;
      shape = stored.shape;
    } else if (stored.format != found.format || stored.shape.size() != shape.size() ||
               !std::equal(shape.begin() + 1, shape.end(), stored.shape.begin() + 1)) {
      misshapen_.push_back(cat(found.parameter.name(), " (joins ", found.format.name, text(shape),
                               " with ", stored.format.name, text(stored.shape), ")"));
      return false;
    } else {
      shape[0] += stored.shape[0];
    }
    found.source_rows.push_back(stored.shape.empty() ? 1 : stored.shape[0]);
    return true;
  }

  void missing(const std::string& name) {
    const std::string_view near = nearest_name(name, catalog_.names);
    missing_.push_back(near.empty() ? name : cat(name, " (nearest: ", near, ")"));
  }

  std::vector<std::string> left_over() const {
    std::vector<std::string> out;
    for (const std::string& name : catalog_.names) {
      const auto ends = [&](const std::string& ending) { return name.ends_with(ending); };
      const bool wanted = std::find(used_.begin(), used_.end(), name) != used_.end();
      if (!wanted && std::none_of(catalog_.unused_names.begin(), catalog_.unused_names.end(), ends))
        out.push_back(name);
    }
    return out;
  }

  // The first few names of a list and how many more there are; nothing for an empty list.
  static std::string listed(std::string_view title, const std::vector<std::string>& names) {
    constexpr size_t kShown = 8;
    if (names.empty()) return "";
    const std::vector<std::string> shown(
        names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
    const std::string more =
        names.size() > kShown ? cat(" and ", names.size() - kShown, " more") : std::string();
    return cat(title, join(shown, ", "), more);
  }

  const WeightCatalog& catalog_;
  std::vector<std::string> used_, missing_, misshapen_;
};

// Whether linears and embeddings alone read the parameter, as their weight.
bool is_weight_matrix(const Network& network, Value parameter) {
  if (parameter.shape().rank() != 2) return false;
  const std::vector<NodeId> users = network.users(parameter);
  return std::all_of(users.begin(), users.end(), [&](NodeId id) {
    const Node& user = network.node(id);
    const auto uses = std::count(user.inputs.begin(), user.inputs.end(), parameter.id());
    const bool weighs = user.op.is<ops::Linear>() || user.op.is<ops::Embedding>();
    return weighs && uses == 1 && user.inputs[1] == parameter.id();
  });
}

// The format that the parameter is kept in while the engine runs.
WeightFormatDesc kept_format(const Network& network, const Found& found,
                             const PassContext& context) {
  const DType declared = found.parameter.dtype();
  const bool matrix = is_weight_matrix(network, found.parameter);
  if (!found.format.is_plain() && !context.weight_dtype) return found.format;
  if (!matrix) return plain(declared);
  return plain(context.weight_dtype.value_or(found.format.code_dtype));
}

// A parameter for one tensor of a weight.
Value declare_part(const Found& found, const std::string& name, const WeightFormatDesc& format,
                   WeightPart part) {
  Network& network = found.parameter.network();
  const bool values = part == WeightPart::kValues;
  TensorType type{values ? format.code_dtype : format.scale_dtype, found.parameter.shape()};
  if (!values) type.shape[-1] = type.shape.back() / format.block_cols;
  ParameterSpec spec = network.parameter_spec(found.parameter);
  spec.sources = found.sources;
  spec.source_rows = found.source_rows;
  spec.format = format;
  spec.part = part;
  return network.parameter(name, std::move(type), std::move(spec));
}

// The stored tensors, and the op that makes the declared values of them.
Value stored_values(const Found& found, const WeightFormatDesc& format, const std::string& name) {
  Network& network = found.parameter.network();
  const DType declared = found.parameter.dtype();
  std::vector<Value> parts = {declare_part(found, name, format, WeightPart::kValues)};
  if (format.is_plain()) return network.add_one(ops::Cast{.dtype = declared}, {parts[0]});
  parts.push_back(declare_part(found, name + ".scales", format, WeightPart::kScales));
  if (format.has_minimums) {
    parts.push_back(declare_part(found, name + ".minimums", format, WeightPart::kMinimums));
  }
  return network.add(ops::Dequantize{.format = format, .dtype = declared}, parts)[0];
}

void bind_parameter(Network& network, const Found& found, const PassContext& context) {
  const WeightFormatDesc format = kept_format(network, found, context);
  if (format == plain(found.parameter.dtype())) {
    ParameterSpec spec = network.parameter_spec(found.parameter);
    spec.sources = found.sources;
    spec.source_rows = found.source_rows;
    spec.format = format;
    network.set_parameter_spec(found.parameter, std::move(spec));
    return;
  }
  const std::vector<NodeId> users = network.users(found.parameter);
  if (users.empty()) return;
  const std::string name = found.parameter.name();
  network.set_name(found.parameter, name + " as declared");
  const InsertBefore place(network, users.front());
  network.replace_all_uses(found.parameter, stored_values(found, format, name));
  network.remove_unused(found.parameter);
}

void run(Network& network, PassContext& context) {
  const WeightCatalog declared = declared_catalog(network, DType::kF32);
  const WeightCatalog& catalog = context.catalog == nullptr ? declared : *context.catalog;
  Report report(catalog);
  std::vector<Found> all;
  for (const Value parameter : network.parameters()) {
    std::optional<Found> found = report.look_up(parameter);
    if (found) all.push_back(std::move(*found));
  }
  report.check();
  for (const Found& found : all) bind_parameter(network, found, context);
  note_count(context, static_cast<int>(all.size()), "parameters bound");
}

}  // namespace

const Pass kBind{.name = "bind",
                 .purpose = "give every parameter the stored weight of its name",
                 .guarantees = "parameters have sources, the rows of each, and a format",
                 .after = {},
                 .run = run};

}  // namespace lathe::builder::passes
