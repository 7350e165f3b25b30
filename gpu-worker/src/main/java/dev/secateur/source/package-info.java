/**
 * Sources: what the names of models, texts and tasks mean on this machine, checks that they match
 * what a sweep was planned with, and the data read from them.
 */
package dev.secateur.source;
