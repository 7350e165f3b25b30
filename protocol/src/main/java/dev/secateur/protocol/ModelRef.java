package dev.secateur.protocol;

/**
 * A base checkpoint.
 *
 * @param name what the configuration calls it
 * @param path its folder, on every node that computes
 * @param sha256 hash of config, tokenizer and weights; it identifies the model in keys
 * @param layers the number of its blocks
 */
public record ModelRef(String name, String path, String sha256, int layers) {}
