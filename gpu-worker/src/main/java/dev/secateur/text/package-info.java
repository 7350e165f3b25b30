/**
 * Text: WordNet's glosses, tokenizers, windows of tokens, instruction prompts and n-gram baselines.
 */
package dev.secateur.text;
