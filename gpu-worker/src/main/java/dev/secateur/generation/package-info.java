/** Text generation with a key/value cache, and measures of how repetitive the text is. */
package dev.secateur.generation;
