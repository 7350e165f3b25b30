package dev.secateur.actors.cli;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.study.Tables;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.WeightPlacement;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Options whose values have the names that configurations use. */
final class Labels {
  private Labels() {}

  static void register(CommandLine line) {
    register(line, Strategy.class);
    line.registerConverter(Criterion.class, Labels::criterion);
    register(line, Aggregation.class);
    register(line, Scope.class);
    register(line, Target.class);
    register(line, CompensationMethod.class);
    register(line, Activations.class);
    register(line, Sampling.class);
    register(line, Template.class);
    register(line, Schedule.class);
    register(line, Precision.class);
    register(line, BeginToken.class);
    register(line, PerplexityBegin.class);
    register(line, WeightPlacement.class);
    register(line, TableFormat.class);
    register(line, Tables.Layout.class);
    register(line, Evaluated.class);
  }

  private static <E extends Enum<E> & Labelled> void register(CommandLine line, Class<E> type) {
    line.registerConverter(type, text -> parse(type, text));
  }

  private static <E extends Enum<E> & Labelled> E parse(Class<E> type, String text) {
    List<E> all = Arrays.asList(type.getEnumConstants());
    return all.stream()
        .filter(constant -> constant.label().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + text
                        + "' is not one of "
                        + String.join(", ", all.stream().map(Labelled::label).toList())));
  }

  /** One that is built in, or of a plug-in, whose version may be left out. */
  private static Criterion criterion(String text) {
    return Criterion.builtIn(text)
        .or(() -> plugIn(text))
        .orElseThrow(
            () -> {
              Stream<Criterion> all =
                  Stream.concat(Stream.of(Criterion.values()), ElementCriteria.all().stream());
              return new TypeConversionException(
                  "'"
                      + text
                      + "' is not one of "
                      + all.map(Criterion::label).collect(Collectors.joining(", ")));
            });
  }

  private static Optional<Criterion> plugIn(String text) {
    return ElementCriteria.all().stream()
        .filter(one -> one.label().equals(text) || one.label().startsWith(text + "@"))
        .findFirst();
  }

  /**
   * @throws TypeConversionException when it is no number between 0 and 1
   */
  static BigDecimal ratio(String text) {
    try {
      BigDecimal ratio = new BigDecimal(text);
      if (Point.isRatio(ratio)) {
        return ratio.stripTrailingZeros();
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new TypeConversionException(
        "'" + text + "' is not a ratio; it must lie between 0 and 1, both excluded");
  }
}
