package dev.secateur.source.demo;

import dev.secateur.checkpoint.AtomicFile;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The checkpoint of the demo model, a resource beside this class. */
public final class DemoModel {
  /** What configurations call it. */
  public static final String NAME = "demo";

  private static final List<String> FILES =
      List.of(
          "config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "provenance.json",
          "model.safetensors");

  private DemoModel() {}

  /** Puts the checkpoint below a folder, where it is not there already, and returns where. */
  public static Path extract(Path below) {
    Path folder = below.resolve(NAME);
    try {
      for (String name : FILES) {
        byte[] content = resource(name);
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file) || !Arrays.equals(read(file), content)) {
          AtomicFile.write(file, content);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /**
   * Reads a file without a channel: every thread that reads through one keeps a direct buffer of
   * the file's size, and a process with many workers runs out of those.
   */
  private static byte[] read(Path file) throws IOException {
    try (InputStream content = new FileInputStream(file.toFile())) {
      return content.readAllBytes();
    }
  }

  /** The configuration that the model was trained with. */
  public static String training() {
    try {
      return new String(resource("train.conf"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream content = DemoModel.class.getResourceAsStream(name)) {
      if (content == null) {
        throw new IllegalStateException("the demo model's " + name + " is not on the class path");
      }
      return content.readAllBytes();
    }
  }
}
