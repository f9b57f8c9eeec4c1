using System.CommandLine;

namespace Millrace.Embedded.Cli;

/// <summary>Options of the form name=value that may come again and again.</summary>
internal static class KeyValues
{
    public static Option<string[]> Option(string name, string description)
    {
        Option<string[]> option = new(name)
        {
            Description = description,
            DefaultValueFactory = static _ => [],
            AllowMultipleArgumentsPerToken = false,
            HelpName = "name=value",
        };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=') <= 0))
            {
                result.AddError($"{name} '{value}' has no value; expected name=value.");
            }
        });
        return option;
    }

    public static Dictionary<string, string> Split(IEnumerable<string> pairs)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            values[pair[..at]] = pair[(at + 1)..];
        }

        return values;
    }
}
