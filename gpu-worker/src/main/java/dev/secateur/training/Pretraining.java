package dev.secateur.training;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.ProvenanceFile;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.tensor.Machine;
import dev.secateur.text.BpeTrainer;
import dev.secateur.text.Documents;
import dev.secateur.text.NgramBaseline;
import dev.secateur.text.Split;
import dev.secateur.text.TokenWindows;
import dev.secateur.text.Tokenizer;
import dev.secateur.text.WordNet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Trains a model from random weights on WordNet's glosses: its tokenizer, its weights, and the
 * provenance that says how. The tokenizer and the weights see the training split only.
 */
public final class Pretraining {
  private static final int CURVE_EVERY = 100;

  private final Settings settings;
  private final Path folder;
  private final Device device;

  /**
   * @param command what was typed; goes into the provenance
   * @param model the checkpoint's config, without vocabulary size and special tokens
   * @param vocabulary tokens of the tokenizer to be trained
   * @param window tokens of a training row, and of an evaluation window
   * @param batch rows of a step
   * @param type what the weights are stored as
   */
  public record Settings(
      String command,
      ObjectNode model,
      int vocabulary,
      int window,
      int batch,
      ElementType type,
      TrainingSettings training) {
    /** The model's config with what follows from the tokenizer. */
    private ObjectNode config() {
      ObjectNode config = model.deepCopy();
      config.put("vocab_size", vocabulary);
      config.put("bos_token_id", BpeTrainer.SPECIALS.indexOf("<s>"));
      config.put("eos_token_id", BpeTrainer.SPECIALS.indexOf("</s>"));
      return config;
    }

    /**
     * The decoder that is trained.
     *
     * @param folder where its checkpoint is to be, for errors
     */
    public Decoder decoder(Path folder) {
      return Families.of(ModelConfig.of(folder.resolve("config.json"), config()));
    }
  }

  /**
   * The result.
   *
   * @param validation perplexity of the stored checkpoint on the validation split
   * @param unigram perplexity of the unigram baseline on the same tokens
   * @param trigram perplexity of the trigram baseline on the same tokens
   */
  public record Result(long parameters, double validation, double unigram, double trigram) {}

  /**
   * @param folder where the checkpoint is written
   */
  public Pretraining(Settings settings, Path folder, Device device) {
    this.settings = settings;
    this.folder = folder;
    this.device = device;
  }

  /** Trains, writes the checkpoint, reads it back and evaluates it. */
  public Result run(Trainer.Listener listener) throws IOException {
    ObjectNode config = settings.config();
    Decoder decoder = settings.decoder(folder);
    List<String> rows = new ArrayList<>(WordNet.texts(Split.TRAIN));
    String dataHash = Sha256.of(String.join("\n\n", rows));
    writeTokenizer(config, rows);
    long cpu = cpuNanos();
    Instant start = Instant.now();
    List<Trainer.Step> curve = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      Collections.shuffle(rows, new Random(settings.training().seed()));
      long[] training = Documents.tokens(rows, tokenizer);
      train(decoder, training, curve, listener);
      long trainingSeconds = (cpuNanos() - cpu) / 1_000_000_000;
      Result result = evaluate(training, tokenizer);
      ObjectNode provenance = provenance(dataHash, training.length, curve, result);
      provenance.put("started", start.toString());
      provenance.put("cpu_seconds", trainingSeconds);
      provenance.put("code_version", CodeVersion.CURRENT.number());
      provenance.set("machine", Json.MAPPER.valueToTree(Machine.of(device)));
      ProvenanceFile.write(folder, provenance);
      return result;
    }
  }

  private void train(
      Decoder decoder, long[] tokens, List<Trainer.Step> curve, Trainer.Listener listener)
      throws IOException {
    TrainingSettings training = settings.training();
    TokenWindows windows =
        new TokenWindows(tokens, settings.window(), settings.batch(), training.seed());
    try (Model model =
        new Model(decoder, Initialization.random(decoder, training.seed(), device))) {
      new Trainer(Trainable.whole(model), training, windows::at)
          .run(
              step -> {
                if (step.step() % CURVE_EVERY == 0 || step.step() == 1) {
                  curve.add(step);
                }
                listener.stepDone(step);
              });
      CheckpointWriter.write(model, settings.type(), folder);
    }
  }

  private Result evaluate(long[] training, Tokenizer tokenizer) {
    long[] validation = Documents.tokens(WordNet.texts(Split.VALIDATION), tokenizer);
    NgramBaseline baseline = new NgramBaseline(training, settings.vocabulary());
    try (Model stored = CheckpointReader.load(Checkpoint.open(folder), device)) {
      double perplexity =
          Perplexity.of(stored, validation, settings.window(), Integer.MAX_VALUE, (done, all) -> {})
              .perplexity();
      return new Result(
          stored.weights().elements(),
          perplexity,
          baseline.unigramPerplexity(validation),
          baseline.trigramPerplexity(validation));
    }
  }

  private void writeTokenizer(ObjectNode config, List<String> rows) throws IOException {
    AtomicFile.write(folder.resolve("config.json"), pretty(config));
    AtomicFile.write(
        folder.resolve("tokenizer.json"), BpeTrainer.train(rows, settings.vocabulary()));
    ObjectNode tokenizer = Json.object();
    tokenizer.put("tokenizer_class", "PreTrainedTokenizerFast");
    tokenizer.put("bos_token", "<s>").put("eos_token", "</s>").put("unk_token", "<unk>");
    tokenizer.put("clean_up_tokenization_spaces", false);
    AtomicFile.write(folder.resolve("tokenizer_config.json"), pretty(tokenizer));
  }

  private ObjectNode provenance(
      String dataHash, int tokens, List<Trainer.Step> curve, Result result) {
    TrainingSettings training = settings.training();
    ObjectNode root = Json.object();
    root.put("command", settings.command());
    root.put("data", WordNet.IDENTITY + ", training split (90 % of the glosses by hash)");
    root.put("data_sha256", dataHash);
    root.put("data_tokens", tokens);
    root.put("tokenizer", "byte-level BPE of " + settings.vocabulary() + ", trained by Secateur");
    root.put("seed", training.seed());
    root.put("steps", training.steps());
    root.put("batch", settings.batch());
    root.put("window", settings.window());
    root.put("learning_rate", training.learningRate());
    root.put("warmup", training.warmup());
    root.put("weight_decay", training.weightDecay());
    root.put("beta2", training.beta2());
    root.put("device", device.toString());
    root.put("parameters", result.parameters());
    root.put("validation_perplexity", result.validation());
    root.put("validation_perplexity_unigram", result.unigram());
    root.put("validation_perplexity_trigram", result.trigram());
    ArrayNode points = root.putArray("loss_curve");
    curve.forEach(step -> points.addObject().put("step", step.step()).put("loss", step.loss()));
    return root;
  }

  private static String pretty(ObjectNode node) throws IOException {
    return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
