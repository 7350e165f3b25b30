package dev.secateur.estimation;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import java.util.List;
import java.util.Random;

/** The tiny checkpoints of the tests and random samples for them. */
final class TinyModel {
  static final Batch BATCH = batch(4, 12);

  private TinyModel() {}

  static Model load(String family) {
    return CheckpointReader.load(
        Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu());
  }

  static Batch batch(int rows, int tokens) {
    Random random = new Random(11);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 3, 128).toArray();
    }
    return Batch.causal(ids);
  }

  static List<CoupledStructure> eligible(Model of, Strategy strategy) {
    return Eligible.of(
        Discovery.of(of.decoder()), strategy, Eligible.Layers.both(0, of.decoder().layers()));
  }

  static List<MemberScores> scores(
      Model of, Strategy strategy, Criterion criterion, Calibration calibration) {
    List<CoupledStructure> structures = eligible(of, strategy);
    Statistics statistics =
        Estimation.measure(of, structures, List.of(criterion), calibration, () -> {});
    return Estimation.scores(of, structures, criterion, statistics, 1);
  }

  static Calibration calibration(Fisher fisher, Activations activations, int part, int parts) {
    return new Calibration(BATCH, fisher, activations, part, parts);
  }
}
