package dev.secateur.text;

import dev.secateur.protocol.Template;
import java.util.ArrayList;
import java.util.List;

/** A row of instruction data in the schema of Alpaca. */
public record Instruction(String instruction, String input, String output) {
  /** Entries of WordNet that make a row. */
  private static final int ENTRIES = 4;

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
    return prompt(template) + answer(template);
  }

  /** What follows the prompt. */
  String answer(Template template) {
    return (template == Template.PLAIN ? " " : "") + output;
  }

  /**
   * Rows made of WordNet's entries: the first of a few that follow each other is asked for, and the
   * answer goes on with the others, as running text does.
   */
  public static List<Instruction> wordNet(Split split) {
    List<WordNet.Entry> entries = WordNet.entries(split);
    List<Instruction> rows = new ArrayList<>();
    for (int i = 0; i + ENTRIES <= entries.size(); i += ENTRIES) {
      WordNet.Entry first = entries.get(i);
      StringBuilder answer = new StringBuilder(first.gloss());
      for (WordNet.Entry next : entries.subList(i + 1, i + ENTRIES)) {
        answer.append("\n\n").append(next.text());
      }
      String instruction =
          "Write dictionary entries, beginning with the " + first.part().word() + ".";
      rows.add(new Instruction(instruction, first.word() + ":", answer.toString()));
    }
    return rows;
  }
}
