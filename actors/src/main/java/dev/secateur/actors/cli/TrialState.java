package dev.secateur.actors.cli;

/** The state of a trial, as a letter of the grid. */
enum TrialState {
  WAITS('.', ""),
  AT_WORK('>', "33"),
  DONE('#', "32"),
  FAILED('x', "31");

  private final char letter;
  private final String colour;

  TrialState(char letter, String colour) {
    this.letter = letter;
    this.colour = colour;
  }

  /**
   * @param coloured whether the terminal shows colours; a letter says the same without
   */
  String drawn(boolean coloured) {
    return coloured && !colour.isEmpty()
        ? "\033[" + colour + "m" + letter + "\033[0m"
        : String.valueOf(letter);
  }
}
