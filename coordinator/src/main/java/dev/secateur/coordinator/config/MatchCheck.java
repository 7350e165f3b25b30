package dev.secateur.coordinator.config;

import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Whether what {@code match} names has one size of each model. */
record MatchCheck(Section root, SweepConfig sweep) {
  void check() {
    if (!sweep.match().isEmpty()) {
      check(sweep.match());
    }
  }

  private void check(String match) {
    List<SweepConfig> grids =
        Stream.concat(Stream.of(sweep), sweep.cases().stream())
            .filter(grid -> !grid.ratios().isEmpty())
            .toList();
    boolean strategy =
        grids.stream().flatMap(grid -> grid.strategies().stream()).anyMatch(s -> is(s, match));
    if (grids.stream().anyMatch(TimingSection::sizesWait)) {
      root.problem(
          "match",
          "compares sizes, but with target 'latency' sizes are unknown until times are"
              + " measured; remove one of the two");
    }
    List<SweepConfig> named =
        sweep.cases().stream().filter(one -> one.name().equals(match)).toList();
    if (!strategy && named.isEmpty()) {
      List<String> known = new ArrayList<>();
      grids.forEach(grid -> grid.strategies().forEach(s -> known.add(s.label())));
      sweep.cases().stream().map(SweepConfig::name).filter(n -> !n.isEmpty()).forEach(known::add);
      root.problem(
          "match",
          "is '"
              + match
              + "', neither a strategy of the sweep nor the name of one of its trials; there are "
              + String.join(", ", known.stream().distinct().toList()));
    } else if (!named.isEmpty() && (strategy || named.size() > 1 || !isOne(named.get(0)))) {
      root.problem(
          "match",
          "is '"
              + match
              + "', which must be one trial of each model: one strategy, ratio, scope, target and"
              + " range of layers, under a name that no other trial and no strategy has");
    }
  }

  private static boolean is(Strategy strategy, String match) {
    return strategy.label().equals(match);
  }

  private static boolean isOne(SweepConfig grid) {
    return Stream.of(grid.strategies(), grid.ratios(), grid.scopes(), grid.targets())
            .allMatch(axis -> axis.size() == 1)
        && grid.ratios().get(0).signum() > 0
        && grid.blocks().values().stream().allMatch(blocks -> blocks.size() == 1);
  }
}
