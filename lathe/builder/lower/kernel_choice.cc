// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/kernel_choice.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "lathe/base/error.h"
#include "lathe/builder/lower/asked_step.h"
#include "lathe/builder/target_support.h"
#include "lathe/engine/refusals.h"

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
    std::vector<AskedStep> all;
    all.reserve(plan_.steps.size());
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      all.push_back(ask(plan_, target_, i, options_.token_ranges));
    }
    refuse_missing(all);
    if (options_.prepare) options_.prepare(candidates_of(all));
    std::map<int, std::vector<AskedStep*>> readers;
    for (AskedStep& asked : all) {
      if (asked.weight) {
        readers[*asked.weight].push_back(&asked);
      } else {
        decide(asked, contest(asked, nullptr));
      }
    }
    for (auto& [weight, steps] : readers) decide_together(steps);
    for (AskedStep& asked : all) {
      asked.table.refused = engine::keep_refusals(plan_, std::move(asked.refused));
      plan_.steps[asked.step].kernels[target_] = std::move(asked.table);
    }
  }

 private:
  const kernels::Target& target() const { return plan_.targets[target_]; }

  PlanValue& value(int index) const { return plan_.values[static_cast<size_t>(index)]; }

  Candidate candidate(const AskedStep& asked, const Supporter& supporter,
                      const TokenRange& range) const {
    return {.kernel = *supporter.kernel,
            .problem = asked.problem,
            .target = target(),
            .tokens = range.weighed_at(),
            .rank = supporter.rank};
  }

  std::vector<Candidate> candidates_of(const std::vector<AskedStep>& all) const {
    std::vector<Candidate> out;
    for (const AskedStep& asked : all) {
      for (const TokenRange& range : asked.ranges) {
        for (const Supporter& supporter : asked.supporters) {
          if (supporter.takes(range)) out.push_back(candidate(asked, supporter, range));
        }
      }
    }
    return out;
  }

  Contest contest(const AskedStep& asked, const Layout* layout) const {
    Contest out;
    for (const TokenRange& range : asked.ranges) {
      double best = std::numeric_limits<double>::infinity();
      const Supporter* winner = nullptr;
      for (const Supporter& supporter : asked.supporters) {
        if (supporter.kernel->layout != layout || !supporter.takes(range)) continue;
        const double cost = options_.estimate(candidate(asked, supporter, range));
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
  static std::vector<const Layout*> layouts_of(const AskedStep& asked) {
    std::vector<const Layout*> out;
    for (const Supporter& supporter : asked.supporters) {
      const Layout* layout = supporter.kernel->layout;
      if (std::find(out.begin(), out.end(), layout) == out.end()) out.push_back(layout);
    }
    return out;
  }

  // The best layout of one step by itself.
  const Layout* own_layout(const AskedStep& asked) const {
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
  std::optional<const Layout*> shared_layout(const std::vector<AskedStep*>& steps) const {
    std::optional<const Layout*> best;
    double lowest = std::numeric_limits<double>::infinity();
    for (const Layout* layout : layouts_of(*steps[0])) {
      double cost = 0;
      const bool serves = std::all_of(steps.begin(), steps.end(), [&](const AskedStep* asked) {
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

  void decide_together(const std::vector<AskedStep*>& steps) {
    const std::optional<const Layout*> shared = shared_layout(steps);
    for (AskedStep* asked : steps) {
      decide(*asked, contest(*asked, shared ? *shared : own_layout(*asked)));
    }
  }

  void decide(AskedStep& asked, const Contest& result) {
    LATHE_CHECK(!result.winners.empty(), "no kernel of a layout that was offered");
    const Layout* layout = result.winners[0].kernel->layout;
    const std::vector<int> inputs = operands_of(asked, layout);
    std::vector<KernelChoice>& choices = asked.table.choices;
    for (size_t i = 0; i < result.winners.size(); ++i) {
      const Kernel& kernel = *result.winners[i].kernel;
      if (!choices.empty() && choices.back().kernel == kernel.name) choices.pop_back();
      choices.push_back(choice_of(asked, kernel, inputs));
      choices.back().up_to_tokens = asked.ranges[i].last;
    }
    if (const Kernel* fixed = fixed_bits_kernel(asked, layout)) {
      asked.table.fixed_bits = choice_of(asked, *fixed, inputs);
    }
    note_losers(asked);
  }

  // For any number of tokens.
  static KernelChoice choice_of(const AskedStep& asked, const Kernel& kernel,
                                const std::vector<int>& inputs) {
    return {.kernel = std::string(kernel.name),
            .inputs = inputs,
            .workspace_bytes =
                kernel.workspace_bytes == nullptr ? Dim(0) : kernel.workspace_bytes(asked.problem)};
  }

  // What runs in place of choices that do not keep bits whatever the step: the first of the layout
  // that does. Null where the choices do, and where nothing does.
  static const Kernel* fixed_bits_kernel(const AskedStep& asked, const Layout* layout) {
    const auto keeps_bits = [](const Kernel& kernel) {
      return kernel.cuda == nullptr ||
             (!kernel.cuda->fixed_bits.empty() && kernel.cuda->takes_any_number());
    };
    const std::vector<KernelChoice>& choices = asked.table.choices;
    const Kernel& last = *kernels::find_kernel(choices.back().kernel);
    if (last.cuda == nullptr || (choices.size() == 1 && keeps_bits(last))) return nullptr;
    for (const Supporter& supporter : asked.supporters) {
      if (supporter.kernel->layout == layout && keeps_bits(*supporter.kernel)) {
        return supporter.kernel;
      }
    }
    return nullptr;
  }

  static std::string why_lost(const Kernel& kernel, const ChoiceTable& table) {
    const std::string& winner = table.choices.back().kernel;
    if (kernel.layout == kernels::find_kernel(winner)->layout) return cat(winner, " is preferred");
    return cat(winner, " is preferred, and one layout serves all readers of the weight");
  }

  // Supporters that no range has taken.
  static void note_losers(AskedStep& asked) {
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
  std::vector<int> operands_of(const AskedStep& asked, const Layout* layout) {
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
