package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.InputException;
import java.util.List;

/**
 * Reads what is written of pruned models: {@code export}, and the type of GGUF files.
 *
 * @param formats none where nothing is written
 * @param type of matrices in GGUF files
 */
record ExportSection(List<String> formats, GgufWeights type) {
  private static final String HF = "hf";
  private static final String GGUF = "gguf";
  private static final List<String> FORMATS = List.of(HF, GGUF);

  /** A truth value, or a list of formats. */
  private static final Key<Object> EXPORT =
      Key.of(
          "export",
          new Kind<>(
              Object.class,
              "formats",
              "`false`, `true`, `[hf]`, `[hf, gguf]`",
              ExportSection::value),
          false,
          "write every pruned model as a checkpoint in the base's element types, and verify"
              + " it by reading it back; `[hf, gguf]`: also as a GGUF file for llama.cpp");

  private static final Key<GgufWeights> GGUF_TYPE =
      Key.label("gguf-type", GgufWeights.F16, "element type of matrices in GGUF files");

  static ExportSection read(Section root) {
    ExportSection section = new ExportSection(formats(root.get(EXPORT)), root.get(GGUF_TYPE));
    if (!section.formats.contains(GGUF) && root.has(GGUF_TYPE.name())) {
      root.problem(
          GGUF_TYPE.name(),
          "is the element type of GGUF files, but 'export' has no gguf; write export = [hf,"
              + " gguf]");
    }
    return section;
  }

  private static List<String> formats(Object value) {
    if (value instanceof List<?> listed) {
      return listed.stream().map(String::valueOf).toList();
    }
    return value.equals(true) ? List.of(HF) : List.of();
  }

  /** What is written of each pruned model. */
  Export export() {
    if (!formats.contains(HF)) {
      return new Export.Nothing();
    }
    return formats.contains(GGUF) ? new Export.CheckpointAndGguf(type) : new Export.Checkpoint();
  }

  private static Object value(ConfigValue value) {
    if (!(value instanceof ConfigList list)) {
      if (value.unwrapped() instanceof Boolean flag) {
        return flag;
      }
      throw Kind.not("true, false or a list such as [hf, gguf]", value);
    }
    List<String> formats = list.stream().map(one -> String.valueOf(one.unwrapped())).toList();
    for (String format : formats) {
      if (!FORMATS.contains(format)) {
        throw Kind.none(format, FORMATS);
      }
    }
    if (formats.stream().distinct().count() < formats.size()) {
      throw new InputException("names a format twice: " + String.join(", ", formats));
    } else if (!formats.contains(HF)) {
      throw new InputException(
          "lacks 'hf': GGUF files are made from checkpoints and written beside them; write"
              + " [hf, gguf], or false for neither");
    }
    return formats;
  }
}
