package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Column.Better;
import java.util.Optional;
import java.util.Set;

/**
 * A number that models have, by a name that tables, plots and options use.
 *
 * @param better whether lower or higher values are better, or neither
 * @param count whether it is a whole number
 * @param size whether it follows from the model's shape, which training does not change
 */
public record Measure(
    String name, String title, Better better, boolean count, boolean size, Reading reading) {
  private static final String SHARE = "_share";

  /** Whose columns have always been called as their titles are. */
  private static final Set<String> BRIEF = Set.of("parameters", "perplexity", "accuracy");

  /** How a trial's model has it. */
  @FunctionalInterface
  public interface Reading {
    Optional<Measured> of(Tasks tasks, TrialResult trial, Evaluated model);
  }

  /** Its value, where it is known. */
  public Optional<Measured> of(Tasks tasks, TrialResult trial, Evaluated model) {
    return reading.of(tasks, trial, model);
  }

  /** As a share of the dense model's. */
  public Measure share() {
    return new Measure(
        name + SHARE,
        title + " share",
        better,
        false,
        size,
        (tasks, trial, model) -> {
          Optional<Measured> dense = of(tasks, trial, Evaluated.BEFORE).filter(d -> d.value() != 0);
          return of(tasks, trial, model)
              .flatMap(own -> dense.map(d -> new Measured.Exact(own.value() / d.value())));
        });
  }

  /** Whether it says something of the model as well, and not what goes without saying. */
  public boolean isOf(Evaluated model) {
    boolean share = name.endsWith(SHARE);
    return model == Evaluated.BEFORE ? !share : !size || model == Evaluated.PRUNED;
  }

  /** The column of it of one of a trial's models. */
  public Column column(Evaluated model) {
    String own = BRIEF.contains(name.replace(SHARE, "")) ? title.replace(' ', '_') : name;
    if (size && name.endsWith(SHARE)) {
      return Column.number(own, title, better);
    }
    String of = size && model != Evaluated.BEFORE ? "after" : model.label();
    return Column.number(own + "_" + of, title + " " + of, better);
  }

  /** As tables of trials write it. */
  public Cell cell(Tasks tasks, TrialResult trial, Evaluated model) {
    return of(tasks, trial, model).map(this::cell).orElse(Cell.none());
  }

  /** As tables of trials write it. */
  public Cell cell(Measured measured) {
    long whole = Math.round(measured.value());
    Cell.Figure cell = count ? Cell.of(Long.toString(whole), whole) : Cell.real(measured.value());
    return measured
        .error()
        .<Cell>map(error -> cell.within(Cell.decimals(error), error))
        .orElse(cell);
  }
}
