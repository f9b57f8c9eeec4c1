namespace Millrace.Formats;

/// <summary>
/// Numbers schemas. Answers are immutable and remembered, so that only the first record of a schema waits. Must be thread-safe.
/// </summary>
public interface ISchemaRegistry
{
    /// <summary>The schema with an id.</summary>
    /// <param name="id">The id, as it stands in a record.</param>
    /// <exception cref="SchemaFormatException">The registry answers that it does not know it: a record with this id is poison.</exception>
    /// <exception cref="Connectors.ExternalServiceException">The registry does not answer, or refuses the client: this says nothing about
    /// the record.</exception>
    RegisteredSchema GetById(int id);

    /// <summary>Registers a schema, or finds the one that is there.</summary>
    /// <param name="subject">Usually the topic with <c>-value</c> or <c>-key</c>.</param>
    /// <param name="schema">The schema.</param>
    /// <returns>The id.</returns>
    /// <exception cref="SchemaFormatException">The registry refuses it.</exception>
    /// <exception cref="Connectors.ExternalServiceException">The registry does not answer, or refuses the client.</exception>
    int Register(string subject, RegisteredSchema schema);
}
