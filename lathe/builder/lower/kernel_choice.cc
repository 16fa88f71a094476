// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/kernel_choice.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "lathe/base/error.h"
#include "lathe/builder/target_support.h"
#include "lathe/engine/problem.h"
#include "lathe/engine/refusals.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::builder {

namespace {

using engine::ChoiceTable;
using engine::KernelChoice;
using engine::Plan;
using engine::PlanStep;
using engine::PlanValue;
using engine::Storage;
using kernels::Kernel;
using kernels::Layout;

// Tokens that a range's kernels are weighed at: its upper end, and many where it has none.
constexpr int64_t kManyTokens = 512;

struct Supporter {
  const Kernel* kernel;
  size_t rank;
};

// A step as one target sees it.
struct Asked {
  size_t step;
  kernels::Problem problem;
  std::vector<Supporter> supporters;
  std::vector<int64_t> ranges;  // upper ends, ascending; the last is 0: any number
  ChoiceTable table;
  std::vector<engine::Refusal> refused;  // so far
  std::optional<int> weight;             // value of the weight's first tensor
};

// The formats' tensors of an op's weight operand; 0 where it has none.
int weight_tensors(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) return linear->format.num_tensors();
  if (const auto* linear = op.as<ops::NormLinear>()) return linear->linear.format.num_tensors();
  if (const auto* embedding = op.as<ops::Embedding>()) return embedding->format.num_tensors();
  return 0;
}

// The best kernel of one layout for each token range.
struct Contest {
  std::vector<Supporter> winners;  // one a range; empty where no kernel has the layout
  double cost = 0;                 // of all ranges
  bool is_fast = true;             // no fallback among the winners
};

class Chooser {
 public:
  Chooser(Plan& plan, size_t target, const ChoiceOptions& options)
      : plan_(plan), target_(target), options_(options) {}

  void run() {
    std::vector<Asked> all;
    all.reserve(plan_.steps.size());
    for (size_t i = 0; i < plan_.steps.size(); ++i) all.push_back(ask(i));
    refuse_missing(all);
    std::map<int, std::vector<Asked*>> readers;
    for (Asked& asked : all) {
      if (asked.weight) {
        readers[*asked.weight].push_back(&asked);
      } else {
        decide(asked, contest(asked, nullptr));
      }
    }
    for (auto& [weight, steps] : readers) decide_together(steps);
    for (Asked& asked : all) {
      asked.table.refused = engine::keep_refusals(plan_, std::move(asked.refused));
      plan_.steps[asked.step].kernels[target_] = std::move(asked.table);
    }
  }

 private:
  const kernels::Target& target() const { return plan_.targets[target_]; }

  Asked ask(size_t index) const {
    const PlanStep& step = plan_.steps[index];
    Asked out{.step = index,
              .problem = problem_of(plan_, step),
              .supporters = {},
              .ranges = {},
              .table = {},
              .refused = {},
              .weight = std::nullopt};
    const auto candidates = kernels::kernels_for(step.op);
    for (size_t rank = 0; rank < candidates.size(); ++rank) {
      const kernels::Support support = candidates[rank]->supports(out.problem, target());
      if (support.ok) {
        out.supporters.push_back({candidates[rank], rank});
      } else {
        out.refused.push_back({std::string(candidates[rank]->name), support.why_not});
      }
    }
    out.ranges = ranges_of(out.supporters);
    const size_t operand = kernels::weight_operand(out.problem.op);
    const bool stored = weight_tensors(out.problem.op) > 0 &&
                        value(step.inputs[operand]).storage == Storage::kWeight;
    if (stored) out.weight = step.inputs[operand];
    return out;
  }

  // Where ranges of tokens end: on a GPU at the limits of kernels.
  std::vector<int64_t> ranges_of(const std::vector<Supporter>& supporters) const {
    std::set<int64_t> ends;
    if (target().device == DeviceKind::kCpu) {
      ends.insert(options_.token_ranges.begin(), options_.token_ranges.end());
    } else {
      for (const Supporter& supporter : supporters) ends.insert(max_tokens(*supporter.kernel));
      ends.erase(0);
    }
    std::vector<int64_t> out(ends.begin(), ends.end());
    out.push_back(0);
    return out;
  }

  static int64_t max_tokens(const Kernel& kernel) {
    return kernel.cuda == nullptr ? 0 : kernel.cuda->max_tokens;
  }

  // Whether a kernel takes all of a range.
  static bool takes(const Kernel& kernel, int64_t up_to) {
    const int64_t most = max_tokens(kernel);
    return most == 0 || (up_to != 0 && up_to <= most);
  }

  // One error names every op that has no kernel for all numbers of tokens.
  void refuse_missing(const std::vector<Asked>& all) const {
    std::map<std::string, int64_t> missing;
    for (const Asked& asked : all) {
      const bool served =
          std::any_of(asked.supporters.begin(), asked.supporters.end(),
                      [](const Supporter& supporter) { return takes(*supporter.kernel, 0); });
      if (!served) ++missing[cat(asked.problem.op.name(), ": ", reasons(asked.refused))];
    }
    if (missing.empty()) return;
    std::vector<std::string> lines;
    lines.reserve(missing.size());
    for (const auto& [line, steps] : missing) lines.push_back(cat(steps, " of ", line));
    fail(ErrorCode::kUnsupported, "steps have no kernel for the target: ", join(lines, " | "));
  }

  static std::string reasons(std::span<const engine::Refusal> refused) {
    std::vector<std::string> out;
    out.reserve(refused.size());
    for (const engine::Refusal& refusal : refused) {
      out.push_back(cat(refusal.kernel, ": ", refusal.why));
    }
    return join(out, "; ");
  }

  PlanValue& value(int index) const { return plan_.values[static_cast<size_t>(index)]; }

  double cost_of(const Asked& asked, const Supporter& supporter, int64_t tokens) const {
    return options_.estimate({.kernel = *supporter.kernel,
                              .problem = asked.problem,
                              .target = target(),
                              .tokens = tokens,
                              .rank = supporter.rank});
  }

  Contest contest(const Asked& asked, const Layout* layout) const {
    Contest out;
    for (const int64_t up_to : asked.ranges) {
      const int64_t tokens = up_to == 0 ? kManyTokens : up_to;
      double best = std::numeric_limits<double>::infinity();
      const Supporter* winner = nullptr;
      for (const Supporter& supporter : asked.supporters) {
        if (supporter.kernel->layout != layout || !takes(*supporter.kernel, up_to)) continue;
        const double cost = cost_of(asked, supporter, tokens);
        if (cost < best) winner = &supporter;
        best = std::min(best, cost);
      }
      if (winner == nullptr) return {};
      out.winners.push_back(*winner);
      out.cost += best;
      out.is_fast = out.is_fast && !is_fallback(winner->kernel->name);
    }
    return out;
  }

  // Layouts that a step has kernels for, in order of preference.
  static std::vector<const Layout*> layouts_of(const Asked& asked) {
    std::vector<const Layout*> out;
    for (const Supporter& supporter : asked.supporters) {
      const Layout* layout = supporter.kernel->layout;
      if (std::find(out.begin(), out.end(), layout) == out.end()) out.push_back(layout);
    }
    return out;
  }

  // The best layout of one step by itself.
  const Layout* own_layout(const Asked& asked) const {
    const Layout* best = nullptr;
    double cost = std::numeric_limits<double>::infinity();
    for (const Layout* layout : layouts_of(asked)) {
      const Contest result = contest(asked, layout);
      if (result.winners.empty() || result.cost >= cost) continue;
      best = layout;
      cost = result.cost;
    }
    return best;
  }

  // The best layout that serves all of them without taking a fast kernel from any.
  std::optional<const Layout*> shared_layout(const std::vector<Asked*>& steps) const {
    std::optional<const Layout*> best;
    double lowest = std::numeric_limits<double>::infinity();
    for (const Layout* layout : layouts_of(*steps[0])) {
      double cost = 0;
      const bool serves = std::all_of(steps.begin(), steps.end(), [&](const Asked* asked) {
        const Contest result = contest(*asked, layout);
        const bool slower = !result.is_fast && contest(*asked, own_layout(*asked)).is_fast;
        cost += result.cost;
        return !result.winners.empty() && !slower;
      });
      if (!serves || cost >= lowest) continue;
      best = layout;
      lowest = cost;
    }
    return best;
  }

  void decide_together(const std::vector<Asked*>& steps) {
    const std::optional<const Layout*> shared = shared_layout(steps);
    for (Asked* asked : steps) {
      decide(*asked, contest(*asked, shared ? *shared : own_layout(*asked)));
    }
  }

  void decide(Asked& asked, const Contest& result) {
    LATHE_CHECK(!result.winners.empty(), "no kernel of a layout that was offered");
    const std::vector<int> inputs = operands_of(asked, result.winners[0].kernel->layout);
    for (size_t i = 0; i < result.winners.size(); ++i) {
      const Kernel& kernel = *result.winners[i].kernel;
      std::vector<KernelChoice>& choices = asked.table.choices;
      if (!choices.empty() && choices.back().kernel == kernel.name) choices.pop_back();
      choices.push_back({.up_to_tokens = asked.ranges[i],
                         .kernel = std::string(kernel.name),
                         .inputs = inputs,
                         .workspace_bytes = kernel.workspace_bytes == nullptr
                                                ? Dim(0)
                                                : kernel.workspace_bytes(asked.problem)});
    }
    note_losers(asked);
  }

  static std::string why_lost(const Kernel& kernel, const ChoiceTable& table) {
    const std::string& winner = table.choices.back().kernel;
    if (kernel.layout == kernels::find_kernel(winner)->layout) return cat(winner, " is preferred");
    return cat(winner, " is preferred, and one layout serves all readers of the weight");
  }

  // Supporters that no range has taken.
  static void note_losers(Asked& asked) {
    for (const Supporter& supporter : asked.supporters) {
      const auto chosen = [&](const KernelChoice& choice) {
        return choice.kernel == supporter.kernel->name;
      };
      if (std::any_of(asked.table.choices.begin(), asked.table.choices.end(), chosen)) continue;
      asked.refused.push_back(
          {std::string(supporter.kernel->name), why_lost(*supporter.kernel, asked.table)});
    }
  }

  // The step's operands, a packed weight in place of the canonical tensors.
  std::vector<int> operands_of(const Asked& asked, const Layout* layout) {
    std::vector<int> inputs = plan_.steps[asked.step].inputs;
    if (layout == nullptr) return inputs;
    const auto operand =
        inputs.begin() + static_cast<std::ptrdiff_t>(kernels::weight_operand(asked.problem.op));
    const int packed = packed_value(*operand, *layout);
    const auto rest = inputs.erase(operand, operand + weight_tensors(asked.problem.op));
    inputs.insert(rest, packed);
    return inputs;
  }

  // The value of the weight in the layout, made when first asked for.
  int packed_value(int canonical, const Layout& layout) {
    const engine::PlanWeight& source = plan_.weights[static_cast<size_t>(value(canonical).index)];
    for (size_t i = 0; i < plan_.values.size(); ++i) {
      if (plan_.values[i].storage != Storage::kWeight) continue;
      const engine::PlanWeight& known = plan_.weights[static_cast<size_t>(plan_.values[i].index)];
      if (known.layout == layout.id && known.name == source.name) return static_cast<int>(i);
    }
    engine::PlanWeight packed = source;
    packed.layout = layout.id;
    packed.target = static_cast<int>(target_);
    const int64_t bytes = layout.packed_bytes(packed.format, packed.shape[0], packed.shape[1]);
    plan_.values.push_back({.name = packed.name,
                            .type = {DType::kU8, {Dim(bytes)}},
                            .storage = Storage::kWeight,
                            .index = static_cast<int>(plan_.weights.size())});
    plan_.weights.push_back(std::move(packed));
    return static_cast<int>(plan_.values.size()) - 1;
  }

  Plan& plan_;
  size_t target_;
  const ChoiceOptions& options_;
};

}  // namespace

void choose_kernels(Plan& plan, const ChoiceOptions& options) {
  for (PlanStep& step : plan.steps) step.kernels.resize(plan.targets.size());
  for (size_t target = 0; target < plan.targets.size(); ++target) {
    Chooser(plan, target, options).run();
  }
}

}  // namespace lathe::builder
