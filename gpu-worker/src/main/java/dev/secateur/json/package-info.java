/** JSON that Secateur itself writes and reads back. */
package dev.secateur.json;
