package dev.secateur.actors.cli;

import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a command line that isn't understood probably means. */
final class Mistyped {
  private static final Pattern WORD = Pattern.compile("[\\w-]+");

  private Mistyped() {}

  /** To be appended to the error; empty where nothing is near. */
  static String suggestion(ParameterException error, CommandLine at) {
    if (!(error instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return "";
    }
    String unknown = unmatched.getUnmatched().get(0);
    return unknown.startsWith("-") ? option(unknown, at) : command(unknown, unmatched, at);
  }

  /** picocli compares only the first two letters of options. */
  private static String option(String unknown, CommandLine at) {
    Optional<String> renamed = KeyOptions.renamed(unknown, at.getCommandSpec());
    if (renamed.isPresent()) {
      return "; it is called " + renamed.get() + " now";
    }
    List<String> options = new ArrayList<>();
    at.getCommandSpec().options().forEach(option -> options.addAll(List.of(option.names())));
    return Suggestion.of(unknown, options);
  }

  /** A sweep without its command, or a command that is spelt alike; picocli finds further ones. */
  private static String command(
      String unknown, UnmatchedArgumentException unmatched, CommandLine at) {
    if (at.getSubcommands().isEmpty()) {
      return "";
    } else if (at.getParent() == null && SweepFile.isThere(unknown)) {
      return "; did you mean 'run " + unknown + "'?";
    }
    String nearest = Suggestion.of(unknown.toLowerCase(Locale.ROOT), at.getSubcommands().keySet());
    List<String> alike = unmatched.getSuggestions();
    return nearest.isEmpty() && !alike.isEmpty() && WORD.matcher(unknown).matches()
        ? "; did you mean '" + String.join("' or '", alike) + "'?"
        : nearest;
  }
}
