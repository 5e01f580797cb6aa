using System.Text.Json.Serialization.Metadata;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Fuzz.Targets;

/// <summary>Bodies of the HTTP API's requests, each under the name of what it asks for.</summary>
internal static class HttpTarget
{
    private static readonly ParameterReader Parameters = new(new HttpApiOptions());

    public static void Read(byte[] input)
    {
        foreach (var (name, content) in InputParts.Split(input))
        {
            switch (name)
            {
                case "generation": Parameters.Read(Json(content, ApiJson.Web.ImageGenerationBody)); break;
                case "edit": Edit(content); break;
                case "session": Parameters.Size(Json(content, ApiJson.Web.SessionBody).Size); break;
                case "round": Parameters.Prompt("prompt", Json(content, ApiJson.Web.RoundBody).Prompt); break;
                case "finalize": Json(content, ApiJson.Web.FinalizeBody); break;
                case "branch": Json(content, ApiJson.Web.BranchBody); break;
                default: break;
            }
        }
    }

    private static T Json<T>(byte[] content, JsonTypeInfo<T> type) =>
        ApiJson.ReadAsync(Request(content, "application/json"), type).GetAwaiter().GetResult();

    private static void Edit(byte[] content)
    {
        var form = ApiForm.ReadAsync(
            Request(content, "multipart/form-data; boundary=b"), new HttpApiOptions().MaxBodyBytes, ParameterReader.EditFields, ["image", "mask"]).GetAwaiter().GetResult();
        Parameters.ReadAsync(form, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static HttpRequest Request(byte[] content, string type)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = type;
        request.ContentLength = content.Length;
        request.Body = new MemoryStream(content);
        return request;
    }
}
