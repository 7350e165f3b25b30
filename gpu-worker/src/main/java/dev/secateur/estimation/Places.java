package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.CoupledStructure.Run;
import dev.secateur.model.Decoder;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.UnitRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where the entries of each parameter count: which structure's members they belong to. */
final class Places {
  private final Kernels kernels = Kernels.get();
  private final List<CoupledStructure> structures;
  private final Map<String, List<Place>> byParameter = new LinkedHashMap<>();

  /**
   * @param unit which unit owns all of the parameter; -1 where units share a dimension of it
   * @param rows the most that any unit's parameter has, where each owns one
   */
  record Place(CoupledStructure structure, int index, Member member, int unit, int rows) {}

  Places(Decoder decoder, List<CoupledStructure> structures) {
    this.structures = structures;
    Map<String, Long> shapes = new HashMap<>();
    decoder.parameters().forEach(p -> shapes.put(p.name(), p.shape().get(0)));
    for (CoupledStructure structure : structures) {
      for (int m = 0; m < structure.members().size(); m++) {
        Member member = structure.members().get(m);
        List<String> parameters = structure.parameters(decoder, member);
        boolean isWhole = member.dimension() == Member.WHOLE;
        int rows = isWhole ? rows(parameters, shapes) : 0;
        for (int unit = 0; unit < parameters.size(); unit++) {
          String parameter = parameters.get(unit);
          if (!shapes.containsKey(parameter)) {
            continue; // a block that has no such parameter
          }
          Place place = new Place(structure, m, member, isWhole ? unit : -1, rows);
          byParameter.computeIfAbsent(parameter, p -> new ArrayList<>()).add(place);
        }
      }
    }
  }

  private static int rows(List<String> parameters, Map<String, Long> shapes) {
    return Math.toIntExact(
        parameters.stream().mapToLong(p -> shapes.getOrDefault(p, 0L)).max().orElse(0));
  }

  List<CoupledStructure> structures() {
    return structures;
  }

  Set<String> parameters() {
    return byParameter.keySet();
  }

  static String name(String criterion, CoupledStructure structure, int member) {
    return criterion + "/" + structure.name() + "/" + member;
  }

  /**
   * Adds to the statistics what a parameter's salience gives each unit.
   *
   * @param channels whether the sum of each channel is kept apart, for the vector-wise criterion
   */
  void add(
      String criterion,
      String parameter,
      NDArray salience,
      boolean channels,
      NDManager scope,
      Statistics into) {
    for (Place place : byParameter.getOrDefault(parameter, List.of())) {
      double[] values =
          place.unit() >= 0
              ? owned(place, salience, channels, scope)
              : shared(place.member(), salience, channels, scope);
      into.add(name(criterion, place.structure(), place.index()), values);
    }
  }

  /** Of a parameter that a unit owns whole: zero for every other unit. */
  private double[] owned(Place place, NDArray salience, boolean channels, NDManager scope) {
    int rows = (int) salience.getShape().get(0);
    Run all = new Run(0, 1, rows);
    double[] of = sums(salience, 0, 1, all, channels, scope);
    int perUnit = channels ? place.rows() : 1;
    double[] values = new double[perUnit * place.structure().units()];
    System.arraycopy(of, 0, values, perUnit * place.unit(), of.length);
    return values;
  }

  private double[] shared(Member member, NDArray salience, boolean channels, NDManager scope) {
    List<double[]> runs = new ArrayList<>();
    for (Run run : member.runs()) {
      runs.add(sums(salience, member.dimension(), member.units(), run, channels, scope));
    }
    return channels ? joined(runs, member.units()) : added(runs);
  }

  private static double[] added(List<double[]> runs) {
    double[] sum = runs.get(0);
    for (double[] run : runs.subList(1, runs.size())) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += run[i];
      }
    }
    return sum;
  }

  /** The channels of all runs, unit by unit. */
  private static double[] joined(List<double[]> runs, int units) {
    int total = runs.stream().mapToInt(run -> run.length).sum();
    double[] all = new double[total];
    int at = 0;
    for (int unit = 0; unit < units; unit++) {
      for (double[] run : runs) {
        int perUnit = run.length / units;
        System.arraycopy(run, unit * perUnit, all, at, perUnit);
        at += perUnit;
      }
    }
    return all;
  }

  /** (units), or (units * channels of a unit). */
  private double[] sums(
      NDArray salience, int dimension, int units, Run run, boolean channels, NDManager scope) {
    UnitRun entries = new UnitRun(dimension, run.offset(), run.outer(), units, run.inner());
    return HostArrays.doubles(
        channels
            ? kernels.unitChannelSums(scope, salience, entries)
            : kernels.unitSums(scope, salience, entries));
  }
}
