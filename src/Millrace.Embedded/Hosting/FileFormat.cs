namespace Millrace.Embedded.Hosting;

/// <summary>What a file is by its first bytes, where these say that it is not lines of text.</summary>
/// <param name="Name">The format, for people.</param>
/// <param name="Decoder">A command that writes what it reads from a file, named behind it, to its standard output.</param>
internal sealed record FileFormat(string Name, string Decoder);
