/** The JSON that Secateur itself writes and reads. */
package dev.secateur.json;
