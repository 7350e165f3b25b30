package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a training from random weights made, as it is printed.
 *
 * @param json for {@code --json}
 * @param words for people, in a line
 */
record Trained(JsonNode json, String words) {}
