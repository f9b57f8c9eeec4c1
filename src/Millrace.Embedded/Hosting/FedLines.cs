namespace Millrace.Embedded.Hosting;

/// <summary>What was fed.</summary>
/// <param name="Count">Lines; a last one without an end counts.</param>
/// <param name="TooLong">Those among them that went to the dead-letter topic instead.</param>
/// <param name="Damage">What was wrong with the input after the last line; <see langword="null"/> = it was read to its end.</param>
internal sealed record FedLines(long Count, long TooLong, string? Damage);
