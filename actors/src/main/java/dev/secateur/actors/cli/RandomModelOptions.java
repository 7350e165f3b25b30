package dev.secateur.actors.cli;

import dev.secateur.local.bench.RandomLlama;
import picocli.CommandLine.Option;

/** The size of the random LLaMA that {@code secateur bench} measures. */
final class RandomModelOptions {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "8",
      description = "Blocks (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "512",
      description = "Residual width (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--mlp",
      paramLabel = "N",
      defaultValue = "1376",
      description = "Width of the MLP (default: ${DEFAULT-VALUE}).")
  private int mlp;

  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "8",
      description = "Attention heads (default: ${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "8000",
      description = "Vocabulary size (default: ${DEFAULT-VALUE}).")
  private int vocabulary;

  RandomLlama llama() {
    return new RandomLlama(layers, width, mlp, heads, vocabulary);
  }
}
