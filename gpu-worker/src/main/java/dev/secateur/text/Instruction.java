package dev.secateur.text;

import dev.secateur.protocol.Labelled;
import java.util.ArrayList;
import java.util.List;

/** A row of instruction data in the schema of Alpaca. */
public record Instruction(String instruction, String input, String output) {
  /** How a row becomes a prompt. */
  public enum Template implements Labelled {
    /** Alpaca's sections, with or without an input. */
    ALPACA,
    /** Running text: the instruction with a colon for its full stop, a space, the input. */
    PLAIN
  }

  /** What stands before the answer. */
  public String prompt(Template template) {
    return switch (template) {
      case PLAIN -> instruction.replaceFirst("\\.$", ":") + " " + input;
      case ALPACA ->
          input.isEmpty()
              ? "Below is an instruction that describes a task. Write a response that appropriately"
                  + " completes the request.\n\n### Instruction:\n"
                  + instruction
                  + "\n\n### Response:\n"
              : "Below is an instruction that describes a task, paired with an input that provides"
                  + " further context. Write a response that appropriately completes the request."
                  + "\n\n### Instruction:\n"
                  + instruction
                  + "\n\n### Input:\n"
                  + input
                  + "\n\n### Response:\n";
    };
  }

  /** Prompt and answer. */
  public String text(Template template) {
    return prompt(template) + (template == Template.PLAIN ? " " : "") + output;
  }

  /** The built-in rows: each entry of WordNet asks for the definition of its word. */
  public static List<Instruction> wordNet(Split split) {
    List<Instruction> rows = new ArrayList<>();
    for (WordNet.Entry entry : WordNet.entries(split)) {
      rows.add(
          new Instruction(
              "Define the " + entry.part().word() + ".", entry.word() + ":", entry.gloss()));
    }
    return rows;
  }
}
