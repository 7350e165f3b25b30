/**
 * Sources: what the names of models, texts and tasks mean on this machine, whether it is what a
 * sweep was planned with, and what is read from it.
 */
package dev.secateur.source;
