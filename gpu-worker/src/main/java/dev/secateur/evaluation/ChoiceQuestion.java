package dev.secateur.evaluation;

import java.util.List;

/**
 * A multiple-choice question as a language model answers it: which continuation of its context is
 * the most probable.
 *
 * @param requests one per choice
 * @param choices the choices' own texts, by whose length likelihoods are normalised
 * @param answer index of the right choice
 */
public record ChoiceQuestion(List<Request> requests, List<String> choices, int answer) {
  /** A text and what may follow it. */
  public record Request(String context, String continuation) {}

  /** A question whose choices follow one context after a space. */
  static ChoiceQuestion of(String context, List<String> choices, int answer) {
    return new ChoiceQuestion(
        choices.stream().map(choice -> new Request(context, " " + choice)).toList(),
        choices,
        answer);
  }
}
